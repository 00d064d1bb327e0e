import { expect, test } from "vitest";
import { settleAccepted } from "../../src/delivery/settle.ts";
import { webCopy } from "../../src/issue/archive.ts";
import { cancelIssue } from "../../src/issue/cancel.ts";
import { resolveDoubt, viewDoubt } from "../../src/issue/resolve.ts";
import { retireIssues } from "../../src/issue/retire.ts";
import { retryFailed } from "../../src/issue/retry.ts";
import { verifyIssue, viewReader } from "../../src/issue/verify.ts";
import { tick } from "../../src/jobs.ts";
import type { Query, Store } from "../../src/store/store.ts";
import { checkHoused, checkLedger } from "../delivery/invariants.ts";
import { newsletter, type Office } from "../dispatch/post.ts";
import { day } from "../world.ts";
import { holdBatch, one, openSteered, payWith, refusal, setOwn } from "./steered.ts";

const conflict = { result: "conflict", reason: "the key stands for other mails" } as const;

/** An issue that was sent to forty: two have failed, of whom one is named by the server, and one has left before. */
async function openSent(keepLedgerDays: number | null = 60): Promise<Office> {
  const office = await openSteered({ instance: { ...house, keepLedgerDays } });
  await office.post(`/u/${office.ctx.signer.sign("leave", [1, 33])}`);
  await payWith(office, null, null, null, null);
  await setOwn(office, 4, "failed", "550 <reader4@post.tld>: no such user");
  await setOwn(office, 15, "failed", "552 mailbox full");
  await office.finish();
  expect((await office.status()).issue).toMatchObject({ status: "sent", retiredAt: null });
  return office;
}

const house = { operator: "The Courier", postalAddress: "4 Quay", privacyUrl: "https://courier.example/p" };

async function rowsOf({ connection }: Office): Promise<number[]> {
  const counts: number[] = [];
  for (const table of ["deliveries", "batches", "journals"]) {
    counts.push(Number(await connection.prepare(`select count(*) from ${table}`).pluck().get()));
  }
  return counts;
}

/** Ticks until nothing more is deleted; tells how many deliveries went. */
async function sweepAll({ ctx }: Office): Promise<number> {
  let gone = 0;
  for (let sweeps = 0; sweeps < 3; sweeps += 1) gone += (await tick(ctx)).deliveries;
  return gone;
}

const sums = { planned: 40, open: 0, accepted: 37, failed: 2, skipped: 1, inDoubt: 0 };

test("who got an issue is deleted once it ended longer ago than the policy says; its sums and reasons stay", async () => {
  const office = await openSent();
  const before = await office.status();
  expect(before.sums).toEqual(sums);
  office.advance(60 * day);
  expect(await sweepAll(office)).toBe(0);
  office.advance(1);
  const { now } = office.clock;
  expect(await sweepAll(office)).toBe(40);
  expect(await rowsOf(office)).toEqual([0, 0, 0]);
  const after = await office.status();
  expect(after.sums).toEqual(sums);
  expect(after.issue).toEqual({ ...before.issue, retiredAt: now });
  expect(after.reasons.map(({ state, n }) => [state, n])).toEqual(before.reasons.map(({ state, n }) => [state, n]));
  expect(await sweepAll(office)).toBe(0);
});

test("addresses that a mail server has put into its reasons are cut before they are kept for ever (LAW-06)", async () => {
  const office = await openSent();
  office.advance(61 * day);
  await sweepAll(office);
  const { reasons } = await office.status();
  expect(reasons.map(({ reason }) => reason)).toContain("550 <r…@post.tld>: no such user");
  const kept = await office.connection.prepare("select sums from issues").pluck().get();
  expect(kept).not.toContain("reader4@");
});

test.each([
  ["without a policy", null, 3_000],
  ["before its time has come", 60, 59],
])("%s nothing goes", async (_, keepLedgerDays, days) => {
  const office = await openSent(keepLedgerDays);
  office.advance(days * day);
  expect(await sweepAll(office)).toBe(0);
  expect((await office.status()).issue.retiredAt).toBe(null);
});

test("an issue that is still being sent, or paused, keeps its rows however old it is", async () => {
  const office = await openSteered({ instance: { ...house, keepLedgerDays: 35 } });
  await payWith(office, null);
  for (const status of ["sending", "paused"]) {
    await office.connection.exec(`update issues set status = '${status}', finished_at = 1`);
    expect(await retireIssues(office.ctx, office.clock.now)).toBe(0);
  }
  await office.connection.exec("update issues set status = 'sending', finished_at = null");
});

test("what is in doubt waits for a person's word, and goes a while after it", async () => {
  const office = await openSteered({ instance: { ...house, keepLedgerDays: 35 } });
  await payWith(office, conflict, null, null, null);
  await office.finish();
  expect((await office.status()).issue.status).toBe("incomplete");
  office.advance(400 * day);
  expect(await sweepAll(office)).toBe(0);
  await resolveDoubt(office.ctx, { ...one, as: "sent", expect: 10 });
  office.advance(35 * day);
  expect(await sweepAll(office)).toBe(0);
  office.advance(1);
  expect(await sweepAll(office)).toBe(40);
  expect((await office.status()).sums).toMatchObject({ accepted: 40, inDoubt: 0 });
});

test("of an issue that was cancelled a batch in somebody's hands keeps all rows; then they go, and what was in doubt stays so", async () => {
  const office = await openSteered({ instance: { ...house, keepLedgerDays: 35 } });
  await payWith(office, null, conflict);
  const claim = await holdBatch(office);
  await cancelIssue(office.ctx, one);
  expect(await retireIssues(office.ctx, office.clock.now + 1)).toBe(0);
  await settleAccepted(office.ctx, claim, []);
  await office.finish();
  const before = await office.status();
  office.advance(36 * day);
  await sweepAll(office);
  const after = await office.status();
  expect(after.sums).toEqual(before.sums);
  expect(after.sums).toMatchObject({ planned: 40, inDoubt: 10, open: 0 });
  const doubt = await viewDoubt(office.ctx, one, { after: 0, limit: 20 });
  expect([doubt.inDoubt, doubt.readers, doubt.reasons]).toEqual([10, [], [{ reason: conflict.reason, n: 10 }]]);
  for (const as of ["sent", "resend"] as const) {
    const { code, message } = await refusal(resolveDoubt(office.ctx, { ...one, as, expect: 10 }));
    expect([code, message]).toEqual(["refused", expect.stringContaining("was deleted on")]);
  }
});

test("nothing is tried again: nobody knows any more whose mails have failed", async () => {
  const office = await openSent();
  office.advance(61 * day);
  await sweepAll(office);
  const { code, message, details } = await refusal(retryFailed(office.ctx, one));
  expect([code, message]).toEqual([
    "refused",
    "tide/one is only known by its sums: who got it was deleted on 2027-01-22 08:00 UTC.",
  ]);
  expect(details.hint).toBe("How long that is kept says: tidings instance show");
  expect((await office.status()).issue.status).toBe("sent");
});

test("there is nothing left to recount, and of one reader nothing is known", async () => {
  const office = await openSent();
  office.advance(61 * day);
  await sweepAll(office);
  const { retiredAt } = (await office.status()).issue;
  expect(retiredAt).toBe(office.clock.now);
  expect(await verifyIssue(office.ctx, one)).toEqual({
    ...{ ok: true, summed: sums, counted: null, homeless: 0, sizes: [], retiredAt },
  });
  expect(await viewReader(office.ctx, { ...one, address: "reader1@post.tld" })).toEqual({
    ...{ address: "reader1@post.tld", delivery: null, retiredAt },
  });
  expect(office.logged.join()).not.toContain("ledger differs");
});

test.each([
  ["sent", false],
  ["cancelled after some had left", true],
])("the web copy of an issue that was %s stays", async (_, cancelled) => {
  const office = await openSteered({ instance: { ...house, keepLedgerDays: 35 } });
  await payWith(office, null);
  if (cancelled) await cancelIssue(office.ctx, one);
  await office.finish();
  office.advance(36 * day);
  expect(await sweepAll(office)).toBe(40);
  const copy = await webCopy(office.ctx, { newsletter, issue: "one", preview: null });
  expect(copy.outcome).toBe("ok");
});

test("a sweep that was cut off half way has made no sum wrong, and the next one goes on, also without a policy", async () => {
  const office = await openSent();
  office.advance(61 * day);
  const before = office.clock.now - 60 * day;
  const left: number[] = [];
  for (let step = 0; step < 5; step += 1) {
    await retireIssues(office.ctx, step < 2 ? before : null, { commits: 1, deliveries: 7 });
    await checkLedger(office.connection);
    await checkHoused(office.connection);
    expect((await office.status()).sums).toEqual(sums);
    expect(await verifyIssue(office.ctx, one)).toMatchObject({ ok: true, counted: null });
    expect((await viewReader(office.ctx, { ...one, address: "reader40@post.tld" })).delivery).toBe(null);
    expect((await refusal(retryFailed(office.ctx, one))).code).toBe("refused");
    const [deliveries = 0] = await rowsOf(office);
    left.push(deliveries);
  }
  expect(left).toEqual([30, 20, 10, 0, 0]);
  expect(await rowsOf(office)).toEqual([0, 0, 0]);
});

test("two processes that sweep at once delete each row once, and leave none", async () => {
  const office = await openSent();
  office.advance(61 * day);
  const before = office.clock.now - 60 * day;
  for (let round = 0; round < 6; round += 1) {
    const most = { commits: 2, deliveries: 7 };
    await Promise.all([retireIssues(office.ctx, before, most), retireIssues(office.ctx, before, most)]);
    await checkLedger(office.connection);
  }
  expect(await rowsOf(office)).toEqual([0, 0, 0]);
  expect((await office.status()).sums).toEqual(sums);
});

test("while mails are held the ledger stays, for whoever has to look", async () => {
  const office = await openSent();
  await office.connection.exec(`update instance set held = '{"kind":"hand","reason":"wait","at":1,"notices":0}'`);
  office.advance(61 * day);
  expect(await sweepAll(office)).toBe(0);
  await office.connection.exec("update instance set held = null");
  expect(await sweepAll(office)).toBe(40);
});

test("an issue that came later keeps its rows", async () => {
  const office = await openSent();
  office.advance(40 * day);
  await office.start("two");
  await office.finish();
  office.advance(21 * day);
  expect(await sweepAll(office)).toBe(40);
  expect((await office.status("two")).issue.retiredAt).toBe(null);
  expect(await verifyIssue(office.ctx, { newsletter, slug: "two" })).toMatchObject({
    ok: true,
    summed: { planned: 39 },
  });
});

test("what changes between the look and the commit is not lost: the next sweep writes what is true then", async () => {
  const office = await openSent();
  office.advance(61 * day);
  const { store } = office.ctx;
  let late = 0;
  const commitAll: (...queries: Query[]) => Promise<unknown> = store.commit;
  const commit = async (...queries: Query[]) => {
    late += 1;
    if (late === 1) await setOwn(office, 20, "failed", "late");
    return commitAll(...queries);
  };
  const meddled = { ...office.ctx, store: { ...store, commit: commit as Store["commit"] } };
  expect(await retireIssues(meddled, office.clock.now - 60 * day)).toBe(0);
  expect((await office.status()).issue.retiredAt).toBe(null);
  expect(await sweepAll(office)).toBe(40);
  expect((await office.status()).sums).toEqual({ ...sums, accepted: 36, failed: 3 });
});
