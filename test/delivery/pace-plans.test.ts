import { beforeAll, describe, expect, test } from "vitest";
import { settleIssueApart } from "../../src/delivery/apart.ts";
import { claimIssueBatch, claimNotices } from "../../src/delivery/claim.ts";
import { hastenLimited, holdLimited, keepBack, limitOf } from "../../src/delivery/defer.ts";
import { areNoticesDue } from "../../src/delivery/due.ts";
import { nextDue, openWork } from "../../src/delivery/find.ts";
import { freeze } from "../../src/delivery/freeze.ts";
import { admit, type Member } from "../../src/delivery/limits.ts";
import { purgeMeters, type Room } from "../../src/delivery/meters.ts";
import { readLetters, sortEnds } from "../../src/delivery/outcomes.ts";
import { countFailure, learnPace } from "../../src/delivery/outlet.ts";
import { settleAccepted } from "../../src/delivery/settle.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { editInstance } from "../../src/instance/edit.ts";
import { type Ledger, openLedger, seedIssue, seedReaders } from "./ledger.ts";

let ledger: Ledger;
let issue: number;

beforeAll(async () => {
  ledger = await openLedger();
  seedReaders(ledger.connection, ledger.newsletter, 3_000, ledger.clock.now - 1);
  issue = seedIssue(ledger.connection, ledger.newsletter, ledger.clock.now);
  while (ledger.connection.prepare("select 1 from issues where planned_at is null").get() !== undefined) {
    await planSlice(ledger.ctx);
  }
  ledger.connection.exec(
    "insert into notices (kind, subscriber, items, created_at, expires_at, due_at) select 'welcome', id, '[]', 0, 1, id from subscribers",
  );
});

/** Few rows for ever, or one parameter: what an operator types in, one row for each way out, the batches in flight. */
const small =
  /^SCAN (?:instance|newsletters|i|j|l|r|m|f|json_each|CONSTANT ROW|outlets|\d+-ROW VALUES CLAUSE)\b|^SCAN \(subquery-\d+\)$|VIRTUAL TABLE/;

async function planned(work: () => Promise<unknown>): Promise<string[]> {
  const from = ledger.ran.length;
  await work();
  const ran = ledger.ran.slice(from);
  expect(ran.length).toBeGreaterThan(0);
  return ran.flatMap(({ sql, parameters }) => {
    const lines = ledger.connection
      .prepare<unknown[], { detail: string }>(`explain query plan ${sql}`)
      .all(...parameters)
      .map(({ detail }) => detail);
    const made = lines.flatMap((line) => /^(?:MATERIALIZE|CO-ROUTINE) (\S+)/.exec(line)?.[1] ?? []);
    return lines.filter((line) => {
      const scanned = /^SCAN (\S+)/.exec(line)?.[1];
      return (
        (scanned !== undefined && !small.test(line) && !made.includes(scanned)) ||
        /USING PRIMARY KEY \((?:issue|newsletter)=\?\)/.test(line)
      );
    });
  });
}

const statements = async (work: () => Promise<unknown>): Promise<number> => {
  const from = ledger.ran.length;
  await work();
  return ledger.ran.length - from;
};

async function payOne(): Promise<void> {
  const { ctx } = ledger;
  const claim = await claimIssueBatch(ctx);
  if (claim === null) throw new Error("there was nothing to claim");
  await freeze(ctx, claim, { hash: "hash" });
  await settleAccepted(ctx, claim, []);
}

describe("under a pace, an open breaker and limits no statement reads a whole table", () => {
  test("without any of them a batch takes as many statements as it always does", async () => {
    expect(await statements(payOne)).toBe(3 + 2 + 3);
  });

  test("claims and looks of both lanes", async () => {
    const { ctx } = ledger;
    await ctx.store.commit(learnPace(ctx, { calls: 1_000, span: 1_000 }));
    await editInstance(ctx, {
      hourlyLimit: 100_000,
      warmUp: 50_000,
      domainLimits: { "post.tld": 20_000, "b.example": 1 },
    });
    for (let n = 0; n < 3; n += 1) await claimIssueBatch(ctx);
    ledger.connection.exec("update outlets set tokens = 1500");
    expect(await planned(() => claimNotices(ctx, 100))).toEqual([]);
    ledger.connection.exec("update outlets set tokens = 1500; update notices set due_at = 9e15 where batch is null");
    ledger.connection.exec("update outlets set failures = 5");
    expect(await planned(() => claimIssueBatch(ctx))).toEqual([]);
    expect(await planned(() => areNoticesDue(ctx))).toEqual([]);
    expect(await planned(() => nextDue(ctx))).toEqual([]);
    expect(await planned(() => openWork(ctx, issue))).toEqual([]);
    expect(await planned(() => countFailure(ctx, { pass: null, counts: true, words: "down", draw: 0 }))).toEqual([]);
    ledger.connection.exec("delete from outlets");
  });

  test("settling and putting off", async () => {
    const { ctx, clock } = ledger;
    const claim = await claimIssueBatch(ctx);
    if (claim === null) throw new Error("there was nothing to claim");
    expect(claim.room).not.toBeNull();
    await freeze(ctx, claim, { hash: "hash" });
    expect(await planned(() => settleAccepted(ctx, claim, []))).toEqual([]);
    expect(ledger.connection.prepare("select key, span, mails from meters order by key, span").all()).toEqual([
      { key: "all", span: "day", mails: 100 },
      { key: "all", span: "hour", mails: 100 },
      { key: "domain:post.tld", span: "hour", mails: 100 },
    ]);
    ledger.connection.exec(`update instance set hourly_limit = 100 + (
      select sum(size) from batches where state = 'claimed' and lane = 1) + 30`);
    const second = await claimIssueBatch(ctx);
    if (second === null) throw new Error("there was nothing to claim");
    const members = JSON.parse(second.members) as Member[];
    const admission = admit(JSON.parse(second.room ?? "") as Room, members, clock.now);
    expect(admission.go).toHaveLength(30);
    expect(await planned(() => keepBack(ctx, second, admission, 100))).toEqual([]);
    const kept = { scope: "newsletter", members: [], dueAt: clock.now + 1, reason: "the limit of 1" } as const;
    expect(await planned(() => ctx.store.commit(holdLimited(second, kept, clock.now)))).toEqual([]);
    expect(await planned(() => limitOf(ctx, issue))).toEqual([]);
    expect(await planned(() => hastenLimited(ctx))).toEqual([]);
    expect(await planned(() => purgeMeters(ctx))).toEqual([]);
    await freeze(ctx, second, { hash: "hash", letters: ".".repeat(30) });
    const [first = 0, ...others] = admission.go.map(([id]) => id);
    const sorted = sortEnds(
      [first, ...others],
      [{ result: "accepted", id: "" }, ...readLetters(".".repeat(others.length))],
    );
    expect(await planned(() => settleIssueApart(ctx, second, { ...sorted, dueAt: clock.now }))).toEqual([]);
    expect(
      ledger.connection.prepare("select mails from meters where key = 'all' and span = 'hour'").raw().all(),
    ).toEqual([[101]]);
  });
});
