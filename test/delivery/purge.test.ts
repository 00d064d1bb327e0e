import { expect, test } from "vitest";
import { type Claim, claimNotices } from "../../src/delivery/claim.ts";
import { purgeNotices } from "../../src/delivery/purge.ts";
import { settleAccepted, settleInDoubt } from "../../src/delivery/settle.ts";
import { type Ledger, openLedger, seedReaders } from "./ledger.ts";

const day = 24 * 3_600_000;

async function openNotices(count: number): Promise<Ledger> {
  const ledger = await openLedger();
  const { connection, clock, newsletter } = ledger;
  seedReaders(connection, newsletter, count, clock.now);
  connection
    .prepare(
      `insert into notices (kind, subscriber, items, created_at, expires_at, due_at)
       select 'welcome', id, '[[1,1]]', ?, ?, ? from subscribers`,
    )
    .run(clock.now, clock.now + day, clock.now);
  return ledger;
}

async function claimed({ ctx }: Ledger): Promise<Claim> {
  const claim = await claimNotices(ctx, 100);
  if (claim === null) throw new Error("no notice was due");
  return claim;
}

function left({ connection }: Ledger, table: "notices" | "batches"): number {
  return connection.prepare<[], { n: number }>(`select count(*) n from ${table}`).get()?.n ?? 0;
}

test("notices go a while after they expired, and their batches with the last of them", async () => {
  const ledger = await openNotices(150);
  const { ctx, clock } = ledger;
  await settleAccepted(ctx, await claimed(ledger), []);
  await settleInDoubt(ctx, await claimed(ledger), "nobody knows");
  expect(await purgeNotices(ctx, clock.now + day)).toBe(0);
  expect([left(ledger, "notices"), left(ledger, "batches")]).toEqual([150, 2]);
  expect(await purgeNotices(ctx, clock.now + day + 1)).toBe(150);
  expect([left(ledger, "notices"), left(ledger, "batches")]).toEqual([0, 0]);
});

test("a notice that is still being paid stays, however old it is", async () => {
  const ledger = await openNotices(1);
  await claimNotices(ledger.ctx, 100);
  expect(await purgeNotices(ledger.ctx, ledger.clock.now + 100 * day)).toBe(0);
  expect(left(ledger, "notices")).toBe(1);
});

test("a sweep takes 1,000 at most, so that nobody waits for it", async () => {
  const ledger = await openNotices(2_500);
  const swept: number[] = [];
  for (let sweep = 0; sweep < 4; sweep += 1) {
    swept.push(await purgeNotices(ledger.ctx, ledger.clock.now + 2 * day));
  }
  expect(swept).toEqual([1_000, 1_000, 500, 0]);
});
