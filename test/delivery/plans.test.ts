import { type CompiledQuery, sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { cancelBatches, settleByJournals } from "../../src/delivery/cancel.ts";
import { type Claim, claimIssueBatch, claimNotices, type IssueClaim } from "../../src/delivery/claim.ts";
import { listReasons, nextDue, noticesOf, sumDeliveries } from "../../src/delivery/find.ts";
import { freeze, holds, skipNotices } from "../../src/delivery/freeze.ts";
import { hastenIssueBatches, holdIssueBatches } from "../../src/delivery/hold.ts";
import { purgeNotices } from "../../src/delivery/purge.ts";
import { acceptDoubt, findDoubt, listDoubtful } from "../../src/delivery/resolve.ts";
import { hasFailed, moveMembers, ownMembers, resendBatches, retryFailedBatches } from "../../src/delivery/retry.ts";
import { postpone, settleAccepted, settleFailed } from "../../src/delivery/settle.ts";
import { splitIssueBatch, splitNotices } from "../../src/delivery/split.ts";
import { findReaderMail } from "../../src/delivery/verify.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { finishIssues } from "../../src/issue/progress.ts";
import { type Ledger, openLedger, seedIssue, seedReaders } from "./ledger.ts";

const readers = 6_000;
const notices = 3_000;

let ledger: Ledger;
const plans = new Map<string, string[][]>();

/** Runs one verb and keeps SQLite's plan of every statement that it ran; the figures of ANALYZE are never there. */
async function explain<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  const from = ledger.ran.length;
  const result = await run();
  plans.set(name, ledger.ran.slice(from).map(planOf));
  return result;
}

function planOf({ sql, parameters }: CompiledQuery): string[] {
  const rows = ledger.connection.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`).all(...parameters);
  return rows.map((row) => row.detail);
}

/** Lines that read a table from end to end, or all of an issue or a newsletter, to find a few rows. */
function scans(plan: readonly string[]): string[] {
  const made = plan.flatMap((line) => /^(?:MATERIALIZE|CO-ROUTINE) (\S+)/.exec(line)?.[1] ?? []);
  return plan.filter((line) => {
    const scanned = /^SCAN (\S+)/.exec(line)?.[1];
    if (scanned === undefined) return /USING PRIMARY KEY \((?:issue|newsletter)=\?\)/.test(line);
    const small =
      /VIRTUAL TABLE|CONSTANT ROW|SCAN (?:instance|newsletters|j)\b|USING (?:COVERING )?INDEX issues_(?:open|ending)/.test(
        line,
      );
    return !small && !made.includes(scanned);
  });
}

const ids = (claim: IssueClaim): number[] => (JSON.parse(claim.members) as [number][]).map(([id]) => id);

function held<Held extends Claim>(claim: Held | null): Held {
  if (claim === null) throw new Error("there was nothing to claim");
  return claim;
}

async function payIssues(): Promise<void> {
  const { ctx, clock } = ledger;
  const claim = held(await explain("claim of an issue's batch", () => claimIssueBatch(ctx)));
  await explain("freeze", () => freeze(ctx, claim, { hash: "hash" }));
  await explain("look at the lease", () => holds(ctx, claim));
  const receipt = ids(claim).map((id) => [id, "id"] as const);
  await explain("settle", () => settleAccepted(ctx, claim, receipt));
  const second = held(await claimIssueBatch(ctx));
  await explain("put back", () => postpone(ctx, second, { dueAt: 0, reason: "later", burns: true, thaw: true }));
  const third = held(await claimIssueBatch(ctx));
  await explain("split of a range", () => splitIssueBatch(ctx, third, ids(third)));
  const [issue] = ledger.connection.prepare<[], { id: number }>("select id from issues").all();
  moveSome(issue?.id ?? 0);
  const moved = held(await explain("claim of a moved batch", () => claimIssueBatch(ctx)));
  expect(ids(moved)).toEqual([5_001, 5_003, 5_005]);
  await explain("split of a moved batch", () => splitIssueBatch(ctx, moved, ids(moved)));
  await explain("hold", () => ctx.store.commit(holdIssueBatches(clock.now, clock.now + 1)));
  await explain("hasten", () => ctx.store.commit(hastenIssueBatches(issue?.id ?? 0)));
  await explain("sums", () => sumDeliveries(ctx, issue?.id ?? 0));
  await explain("reasons", () => listReasons(ctx, issue?.id ?? 0));
  await explain("next due", () => nextDue(ctx));
  await explain("finish", () => finishIssues(ctx));
}

/** Readers far from one another in one batch, as the retry of scattered failures makes it. It is due before all others. */
function moveSome(issue: number): void {
  const { connection } = ledger;
  const { lastInsertRowid } = connection
    .prepare("insert into batches (lane, issue, size, state, due_at) values (1, ?, 3, 'planned', -1)")
    .run(issue);
  connection
    .prepare("update deliveries set batch = ? where issue = ? and subscriber in (5001, 5003, 5005)")
    .run(lastInsertRowid, issue);
}

/** What an editor does with a send: the second issue has batches that failed and are in doubt, and readers who did by themselves. */
async function steer(): Promise<void> {
  const { ctx, clock, connection } = ledger;
  const { id } = connection.prepare("select id from issues where slug = 'two'").get() as { id: number };
  connection.exec(`
    update batches set state = 'failed', error = 'refused' where issue = ${id} and first between 1000 and 1200;
    update batches set state = 'in_doubt', error = 'no answer' where issue = ${id} and first between 2000 and 2200;
    update batches set state = 'accepted', size = size - 2 where issue = ${id} and first = 3001;
    update deliveries set state = 'failed' where issue = ${id} and subscriber = 3005;
    update deliveries set state = 'in_doubt' where issue = ${id} and subscriber = 3007`);
  await explain("one reader's mail", () => findReaderMail(ctx, id, 3_005));
  const failed = await explain("readers who failed", () => ownMembers(ctx, id, "failed"));
  expect(failed).toEqual([3_005]);
  await explain("retry", () => ctx.store.commit(retryFailedBatches(id), ...moveMembers(id, failed, "failed")));
  await explain("is there a failure", () => sql`select ${hasFailed(id)}`.execute(ctx.store.db));
  const doubt = await explain("what is in doubt", () => findDoubt(ctx, id));
  expect(doubt).toMatchObject({ members: [3_007], mails: 201 });
  await explain("whom it concerns", () => listDoubtful(ctx, id, { after: 0, limit: 20 }));
  const [one = 0, ...others] = doubt.batches;
  await explain("resend", () => ctx.store.commit(resendBatches(id, [one])));
  const rest = { ...doubt, batches: others };
  await explain("count as sent", () => ctx.store.commit(...acceptDoubt(id, rest, { note: "by hand", at: clock.now })));
  connection.exec(`update issues set status = 'cancelled' where id = ${id}`);
  await explain("cancel by journals", () => settleByJournals(ctx, sql`b.issue = ${id}`, "cancelled"));
  await explain("cancel", () => ctx.store.commit(...cancelBatches(id, clock.now)));
  await explain("next due of a cancelled issue", () => nextDue(ctx));
  await explain("finish of a cancelled issue", () => finishIssues(ctx));
}

async function payNotices(): Promise<void> {
  const { ctx, clock, connection } = ledger;
  const claim = held(await explain("claim of notices", () => claimNotices(ctx, 100)));
  const found = await explain("notices of a batch", () => noticesOf(ctx, claim.id));
  expect(found).toHaveLength(100);
  const [first, ...rest] = found.map((notice) => notice.id);
  await explain("skip of notices", () => skipNotices(ctx, claim, [{ id: first ?? 0, reason: "settled" }]));
  await explain("split of notices", () => splitNotices(ctx, claim, rest));
  await explain("claim of notices put back", () => claimNotices(ctx, 100));
  for (let batch = 0; batch < 5; batch += 1) await settleAccepted(ctx, held(await claimNotices(ctx, 100)), []);
  // Mails to mailboxes that have had one just now, or for which several wait.
  connection.exec(`
    update notices set mailbox = 'a' || (id % 7) where batch is not null and id % 5 = 0;
    update notices set mailbox = 'a' || (id % 40) where batch is null and id % 2 = 0`);
  await explain("claim of notices to mailboxes", () => claimNotices(ctx, 100));
  clock.now += 1;
  await explain("purge", () => purgeNotices(ctx, clock.now));
}

beforeAll(async () => {
  ledger = await openLedger();
  const { connection, ctx, clock, newsletter } = ledger;
  seedReaders(connection, newsletter, readers, clock.now - 1);
  for (const slug of ["one", "two"]) seedIssue(connection, newsletter, clock.now, slug);
  await explain("plan of a slice", () => planSlice(ctx));
  while (connection.prepare("select 1 from issues where planned_at is null").get() !== undefined) await planSlice(ctx);
  const lone = held(await claimIssueBatch(ctx));
  await settleFailed(ctx, lone, "refused");
  await payIssues();
  await steer();
  connection
    .prepare(
      `insert into notices (kind, subscriber, items, created_at, expires_at, due_at)
       select 'welcome', id, '[]', 0, 1, id from subscribers order by id limit ?`,
    )
    .run(notices);
  await payNotices();
});

describe("no statement of the ledger reads a whole table to find its rows", () => {
  test.each([
    "plan of a slice",
    "claim of an issue's batch",
    "claim of a moved batch",
    "freeze",
    "look at the lease",
    "settle",
    "put back",
    "split of a range",
    "split of a moved batch",
    "hold",
    "hasten",
    "sums",
    "reasons",
    "next due",
    "finish",
    "one reader's mail",
    "readers who failed",
    "is there a failure",
    "retry",
    "what is in doubt",
    "whom it concerns",
    "resend",
    "count as sent",
    "cancel by journals",
    "cancel",
    "next due of a cancelled issue",
    "finish of a cancelled issue",
    "claim of notices",
    "claim of notices put back",
    "claim of notices to mailboxes",
    "notices of a batch",
    "skip of notices",
    "split of notices",
    "purge",
  ])("%s", (name) => {
    const found = plans.get(name) ?? [];
    expect(found.flat().length, "lines of plans").toBeGreaterThan(0);
    expect(found.flatMap(scans)).toEqual([]);
  });
});

test("the batch that is due longest is found in the order of its index", () => {
  for (const name of ["claim of an issue's batch", "claim of notices"]) {
    const [pick] = plans.get(name) ?? [];
    expect(pick?.join("\n")).toMatch(/batches_due \(lane=\? AND due_at<\?\)/);
    expect(pick?.join("\n")).not.toContain("TEMP B-TREE");
  }
});

test("no figures of ANALYZE have helped", () => {
  expect(ledger.connection.prepare("select 1 from sqlite_schema where name = 'sqlite_stat1'").get()).toBeUndefined();
});

test.each([
  "select * from deliveries where reason = 'x'",
  "update deliveries set reason = 'x' from json_each('[1]') j where issue = 1 and deliveries.subscriber = j.value",
  "update batches set state = 'claimed' where holder = 'x'",
  "select count(*) from subscriptions s where s.newsletter = 1",
])("a statement that does is found out: %s", (sql) => {
  const query = { sql, parameters: [] } as unknown as CompiledQuery;
  expect(scans(planOf(query))).not.toEqual([]);
});
