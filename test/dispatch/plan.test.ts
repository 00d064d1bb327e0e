import { expect, test } from "vitest";
import { claimIssueBatch } from "../../src/delivery/claim.ts";
import { splitIssueBatch } from "../../src/delivery/split.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { finishIssues } from "../../src/issue/progress.ts";
import type { BatchRow } from "../../src/store/rows.ts";
import type { Query } from "../../src/store/store.ts";
import { assertHoused, assertLedger } from "../delivery/invariants.ts";
import { type Ledger, openLedger, seedIssue, seedReaders } from "../delivery/ledger.ts";

async function openPlanned(readers: number): Promise<Ledger> {
  const ledger = await openLedger();
  seedReaders(ledger.connection, ledger.newsletter, readers, ledger.clock.now - 1);
  seedIssue(ledger.connection, ledger.newsletter, ledger.clock.now);
  return ledger;
}

function count({ connection }: Ledger, what: string): number {
  return connection.prepare<[], { n: number }>(`select count(*) n from ${what}`).get()?.n ?? 0;
}

async function planAll({ ctx }: Ledger): Promise<void> {
  while (await planSlice(ctx));
}

test("an issue is planned in slices of 20,000 readers, each in batches of 100", async () => {
  const ledger = await openPlanned(45_030);
  const steps: number[] = [];
  while (await planSlice(ledger.ctx)) steps.push(count(ledger, "deliveries"));
  expect(steps).toEqual([20_000, 40_000, 45_030, 45_030]);
  expect(count(ledger, "batches")).toBe(451);
  expect(count(ledger, "batches where size = 100")).toBe(450);
  assertLedger(ledger.connection);
  assertHoused(ledger.connection);
});

test("a planner that comes second plans nothing twice, and the issue counts as planned only when nobody is left", async () => {
  const ledger = await openPlanned(45_000);
  const { ctx } = ledger;
  const planned: boolean[] = [];
  for (let round = 0; round < 4; round += 1) {
    await Promise.all([planSlice(ctx), planSlice(ctx), planSlice(ctx)]);
    planned.push(count(ledger, "issues where planned_at is not null") === 1);
  }
  expect(planned).toEqual([false, false, false, true]);
  expect(count(ledger, "deliveries")).toBe(45_000);
  expect(count(ledger, "batches")).toBe(450);
  assertLedger(ledger.connection);
  assertHoused(ledger.connection);
});

test("a planner that lost the race adds nobody, not even a reader who has just come into its slice", async () => {
  const ledger = await openPlanned(300);
  const { ctx, connection } = ledger;
  connection.exec("update subscriptions set status = 'pending' where subscriber = 7");
  const commit = (async (...queries: Query[]) => {
    await planSlice(ctx);
    connection.exec("update subscriptions set status = 'active' where subscriber = 7");
    return ctx.store.commit(...queries);
  }) as typeof ctx.store.commit;
  await planSlice({ ...ctx, store: { ...ctx.store, commit } });
  expect(count(ledger, "deliveries")).toBe(299);
  assertHoused(connection);
});

test("batches that were paid, halved or put back in the middle of planning do not move the watermark", async () => {
  const ledger = await openPlanned(25_000);
  const { ctx, connection } = ledger;
  await planSlice(ctx);
  const last = connection.prepare<[], BatchRow>("select * from batches order by first desc limit 1").get();
  connection.prepare("update batches set due_at = -1 where id = ?").run(last?.id);
  const claim = await claimIssueBatch(ctx);
  if (claim === null) throw new Error("nothing was planned");
  await splitIssueBatch(
    ctx,
    claim,
    (JSON.parse(claim.members) as [number][]).map(([id]) => id),
  );
  connection.exec("insert into batches (lane, issue, size, state, due_at) values (1, 1, 0, 'planned', 0)");
  await planAll(ledger);
  expect(count(ledger, "deliveries")).toBe(25_000);
  assertLedger(connection);
  assertHoused(connection);
});

test("an issue that is paused in the middle of planning is not taken for planned", async () => {
  const ledger = await openPlanned(25_000);
  const { ctx, connection } = ledger;
  await planSlice(ctx);
  // Paused after the slice has read its watermark, and sent on again right after its first commit.
  let isPaused = false;
  const commit = (async (...queries: Query[]) => {
    if (!isPaused) connection.exec("update issues set status = 'paused'");
    isPaused = true;
    return ctx.store.commit(...queries).finally(() => connection.exec("update issues set status = 'sending'"));
  }) as typeof ctx.store.commit;
  await planSlice({ ...ctx, store: { ...ctx.store, commit } });
  expect(count(ledger, "issues where planned_at is not null")).toBe(0);
  await planAll(ledger);
  expect(count(ledger, "deliveries")).toBe(25_000);
  expect(count(ledger, "issues where planned_at is not null")).toBe(1);
});

test("an issue does not finish while slices are missing, even if all its batches are paid", async () => {
  const ledger = await openPlanned(20_001);
  const { ctx, connection } = ledger;
  await planSlice(ctx);
  connection.exec("update batches set state = 'accepted'");
  expect(await finishIssues(ctx)).toBe(0);
  await planAll(ledger);
  expect(await finishIssues(ctx)).toBe(0);
  connection.exec("update batches set state = 'accepted'");
  expect(await finishIssues(ctx)).toBe(1);
});

test("an issue whose readers have all left since the count is sent to nobody", async () => {
  const ledger = await openPlanned(5);
  ledger.connection.exec("update subscriptions set status = 'unsubscribed'");
  await planAll(ledger);
  expect(await finishIssues(ledger.ctx)).toBe(1);
  expect(count(ledger, "deliveries")).toBe(0);
});
