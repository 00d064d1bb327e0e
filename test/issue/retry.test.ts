import { expect, test } from "vitest";
import { planSlice } from "../../src/dispatch/plan.ts";
import { pauseByHand } from "../../src/issue/pause.ts";
import { retryFailed } from "../../src/issue/retry.ts";
import { openOffice } from "../dispatch/post.ts";
import { got, one, openSteered, payWith, setOwn } from "./steered.ts";

const no = { result: "rejected", reason: "no such mailbox" } as const;

test("a mail that failed alone in its batch is sent again, under a new key", async () => {
  const office = await openOffice({ readers: 3, limits: { members: 1 } });
  await office.start();
  while (await planSlice(office.ctx));
  await payWith(office, no, null, null);
  await office.finish();
  expect((await office.status()).sums).toMatchObject({ accepted: 2, failed: 1 });
  const { issue, retried } = await retryFailed(office.ctx, one);
  expect([issue.status, issue.finishedAt, retried]).toEqual(["sending", null, 1]);
  expect((await office.batches())[0]).toMatchObject({ state: "planned", attempt: 2, tried_at: null, error: null });
  await office.finish();
  expect((await office.status()).issue.status).toBe("sent");
  expect((await office.status()).sums).toMatchObject({ accepted: 3, failed: 0 });
  expect(await got(office, 1)).toBe(1);
});

test("scattered failures move to a batch of their own, which is split where the provider takes less", async () => {
  const office = await openSteered();
  await payWith(office, null, null, null, null);
  await office.finish();
  const failed = Array.from({ length: 13 }, (_, at) => 1 + 3 * at);
  for (const reader of failed) await setOwn(office, reader, "failed");
  expect((await retryFailed(office.ctx, one)).retried).toBe(13);
  const moved = (await office.batches()).filter((batch) => batch.first === null);
  expect(moved.map(({ size, state }) => [size, state])).toEqual([[13, "planned"]]);
  await office.finish();
  expect((await office.status()).sums).toEqual({
    planned: 40,
    open: 0,
    accepted: 40,
    failed: 0,
    skipped: 0,
    inDoubt: 0,
  });
  for (const reader of failed) expect(await got(office, reader)).toBe(2);
  expect(await got(office, 2)).toBe(1);
});

test("a mail that fails again can be tried again", async () => {
  const office = await openSteered();
  await payWith(office, null, null, null, null);
  await setOwn(office, 7, "failed");
  await retryFailed(office.ctx, one);
  await payWith(office, no);
  expect((await office.status()).sums.failed).toBe(1);
  expect((await retryFailed(office.ctx, one)).retried).toBe(1);
  await office.finish();
  expect((await office.status()).sums).toMatchObject({ accepted: 40, failed: 0 });
});

test("who left or was suppressed meanwhile is skipped", async () => {
  const office = await openSteered();
  await payWith(office, null, null, null, null);
  for (const reader of [5, 6, 7]) await setOwn(office, reader, "failed");
  await office.post(`/u/${office.ctx.signer.sign("leave", [1, 5])}`);
  await retryFailed(office.ctx, one);
  await office.finish();
  const { sums, reasons } = await office.status();
  expect(sums).toMatchObject({ accepted: 39, skipped: 1, failed: 0 });
  expect(reasons).toEqual([{ state: "skipped", reason: "unsubscribed", n: 1 }]);
});

test("more failures than one commit moves are all moved", async () => {
  const office = await openOffice({ readers: 5_100 });
  await office.start();
  while (await planSlice(office.ctx));
  await office.connection.exec(`
    update batches set state = 'accepted', size = 0;
    update deliveries set state = 'failed', reason = 'refused'`);
  expect((await retryFailed(office.ctx, one)).retried).toBe(5_100);
  const moved = (await office.batches()).filter((batch) => batch.first === null);
  expect(moved.reduce((sum, { size }) => sum + size, 0)).toBe(5_100);
  expect(Math.max(...moved.map(({ size }) => size))).toBe(100);
  expect((await office.status()).sums).toMatchObject({ open: 5_100, failed: 0 });
});

test("without any failure nothing changes, and a paused issue stays paused", async () => {
  const office = await openSteered();
  await pauseByHand(office.ctx, one);
  expect(await retryFailed(office.ctx, one)).toMatchObject({ retried: 0, issue: { status: "paused" } });
});

test("with failures a paused issue goes on, and a brake counts from nothing", async () => {
  const office = await openSteered();
  await payWith(office, null, null);
  for (const reader of [5, 6, 7]) await setOwn(office, reader, "failed");
  await pauseByHand(office.ctx, one);
  expect((await retryFailed(office.ctx, one)).issue).toMatchObject({ status: "sending", stopReason: null });
  const row = (await office.connection.prepare("select brake_base from issues").get()) as { brake_base: string };
  expect(JSON.parse(row.brake_base)).toMatchObject({ accepted: 17, failed: 0 });
});

test("an issue that has not begun is refused", async () => {
  const office = await openOffice({ readers: 1 });
  await office.start();
  await office.connection.exec("update issues set status = 'draft'");
  await expect(retryFailed(office.ctx, one)).rejects.toMatchObject({ code: "refused" });
});
