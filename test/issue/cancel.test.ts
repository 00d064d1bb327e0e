import { expect, test } from "vitest";
import { leaseMs } from "../../src/delivery/claim.ts";
import { freeze } from "../../src/delivery/freeze.ts";
import { settleAccepted } from "../../src/delivery/settle.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { editInstance } from "../../src/instance/edit.ts";
import { listPublic, webCopy } from "../../src/issue/archive.ts";
import { cancelIssue } from "../../src/issue/cancel.ts";
import { finishIssues, sweepCancelled } from "../../src/issue/progress.ts";
import { retryFailed } from "../../src/issue/retry.ts";
import { nextTurn } from "../../src/jobs.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { openKeyless } from "../dispatch/keyless.ts";
import { newsletter, openOffice } from "../dispatch/post.ts";
import { holdBatch, one, openSteered, payWith } from "./steered.ts";

const copy = { newsletter, issue: "one", preview: null };

test("what is open is skipped at once, and what was accepted stays", async () => {
  const office = await openSteered();
  await payWith(office, null);
  const { cancelled, held, issue } = await cancelIssue(office.ctx, one);
  expect({ cancelled, held }).toEqual({ cancelled: true, held: 0 });
  expect(issue).toMatchObject({ status: "cancelled", finishedAt: office.clock.now });
  const { sums, reasons } = await office.status();
  expect(sums).toEqual({ planned: 40, open: 0, accepted: 10, failed: 0, skipped: 30, inDoubt: 0 });
  expect(reasons).toEqual([{ state: "skipped", reason: "cancelled", n: 30 }]);
  await office.finish();
  expect(await office.mails()).toHaveLength(10);
  expect(await nextTurn(office.ctx)).toBeNull();
});

test("a repeat changes nothing", async () => {
  const office = await openSteered();
  await cancelIssue(office.ctx, one);
  const before = await office.status();
  expect((await cancelIssue(office.ctx, one)).cancelled).toBe(false);
  expect(await office.status()).toEqual(before);
});

test("a batch in flight finishes by itself, and the issue has ended then", async () => {
  const office = await openSteered();
  const claim = await holdBatch(office);
  await freeze(office.ctx, claim, { hash: "h" });
  const { held, issue } = await cancelIssue(office.ctx, one);
  expect([held, issue.finishedAt]).toEqual([1, null]);
  expect((await office.status()).sums).toMatchObject({ open: 10, skipped: 30 });
  expect(await nextTurn(office.ctx)).toBe(office.clock.now + leaseMs);
  const members = (JSON.parse(claim.members) as [number][]).map(([id]) => [id, "id"] as const);
  expect(await settleAccepted(office.ctx, claim, members)).toBe(true);
  await office.finish();
  const { issue: ended, sums } = await office.status();
  expect(ended).toMatchObject({ status: "cancelled", finishedAt: office.clock.now });
  expect(sums).toMatchObject({ accepted: 10, skipped: 30, open: 0 });
});

test("a batch whose holder has died is skipped when its lease ends, if nothing of it can have left", async () => {
  const office = await openSteered();
  const claim = await holdBatch(office);
  await cancelIssue(office.ctx, one);
  expect(await finishIssues(office.ctx)).toBe(0);
  await office.finish();
  expect((await office.status()).sums).toMatchObject({ skipped: 40, open: 0 });
  expect(await freeze(office.ctx, claim, { hash: "too late" })).toBe(false);
});

test("a batch whose holder has died is in doubt when its lease ends, if its bytes may have left", async () => {
  const office = await openSteered();
  const claim = await holdBatch(office);
  await freeze(office.ctx, claim, { hash: "h" });
  await cancelIssue(office.ctx, one);
  await office.finish();
  expect((await office.status()).sums).toMatchObject({ skipped: 30, inDoubt: 10, open: 0 });
  expect(await settleAccepted(office.ctx, claim, [])).toBe(false);
});

test("a batch that waits to repeat a call without an answer is in doubt at once", async () => {
  const office = await openSteered();
  await payWith(office, { result: "unsure", reason: "no answer" });
  await cancelIssue(office.ctx, one);
  const { issue, sums, reasons } = await office.status();
  expect(issue).toMatchObject({ status: "cancelled", finishedAt: office.clock.now });
  expect(sums).toMatchObject({ skipped: 30, inDoubt: 10, open: 0 });
  expect(reasons).toContainEqual({
    state: "in_doubt",
    reason: "the issue was cancelled while a call without an answer waited to be repeated",
    n: 10,
  });
  expect((await office.batches()).every((batch) => batch.members === null)).toBe(true);
});

test("a batch put off to a later time is skipped at once", async () => {
  const office = await openSteered();
  await payWith(office, { result: "retry", reason: "busy", after: 3_600_000 });
  await cancelIssue(office.ctx, one);
  expect((await office.status()).sums).toMatchObject({ skipped: 40, open: 0 });
});

test("where each mail is known by a journal, accepted ones stay so and only the one on its way is in doubt", async () => {
  const office = await openOffice({ readers: 10, provider: openKeyless(10).provider });
  await office.start();
  while (await planSlice(office.ctx));
  const claim = await holdBatch(office);
  await freeze(office.ctx, claim, { hash: "h", letters: "aaxo......" });
  await cancelIssue(office.ctx, one);
  expect((await office.status()).sums).toMatchObject({ open: 10 });
  office.advance(leaseMs);
  await office.finish();
  const { issue, sums } = await office.status();
  expect(sums).toEqual({ planned: 10, open: 0, accepted: 2, failed: 0, skipped: 7, inDoubt: 1 });
  expect(issue.finishedAt).toBe(office.clock.now);
  expect(await office.connection.prepare("select count(*) n from journals").get()).toEqual({ n: 0 });
});

test("of a batch with a journal just the mails that left, or may have, count against limits, and they count once", async () => {
  const office = await openOffice({ readers: 10, provider: openKeyless(10).provider });
  await editInstance(office.ctx, { hourlyLimit: 100, warmUp: 50, domainLimits: { "post.tld": 20 } });
  await editNewsletter(office.ctx, { slug: newsletter, changes: { hourlyLimit: 90, warmUp: 40 } });
  await office.start();
  while (await planSlice(office.ctx));
  const claim = await holdBatch(office);
  await freeze(office.ctx, claim, { hash: "h", letters: "aaxo......" });
  await cancelIssue(office.ctx, one);
  office.advance(leaseMs);
  await Promise.all([sweepCancelled(office.ctx), sweepCancelled(office.ctx)]);
  expect((await office.status()).sums).toMatchObject({ accepted: 2, inDoubt: 1, skipped: 7 });
  expect(await office.connection.prepare("select key, span, mails from meters order by key, span").raw().all()).toEqual(
    [
      ["all", "day", 3],
      ["all", "hour", 3],
      ["domain:post.tld", "hour", 3],
      [`newsletter:${claim.newsletter}`, "day", 3],
      [`newsletter:${claim.newsletter}`, "hour", 3],
    ],
  );
});

test("no reader is written down any more", async () => {
  const office = await openOffice({ readers: 5 });
  await office.start();
  await cancelIssue(office.ctx, one);
  await office.finish();
  expect((await office.status()).sums.planned).toBe(0);
  expect(await office.mails()).toHaveLength(0);
});

test("an issue that is incomplete keeps what is in doubt", async () => {
  const office = await openSteered();
  await payWith(office, { result: "conflict", reason: "other mails" }, null, null, null);
  await office.finish();
  expect((await office.status()).issue.status).toBe("incomplete");
  await cancelIssue(office.ctx, one);
  const { issue, sums } = await office.status();
  expect(issue.status).toBe("cancelled");
  expect(sums).toMatchObject({ accepted: 30, inDoubt: 10 });
});

test("a draft and an issue that was sent are refused; nothing of a cancelled one is tried again", async () => {
  const office = await openOffice({ readers: 1 });
  await office.start();
  await office.drain();
  await expect(cancelIssue(office.ctx, one)).rejects.toThrow("cannot be called back");
  const other = await openSteered();
  await cancelIssue(other.ctx, one);
  await expect(retryFailed(other.ctx, one)).rejects.toMatchObject({ code: "refused" });
});

test("the web copy stays for those who have the mail, and is listed no more", async () => {
  const office = await openSteered();
  await payWith(office, null);
  expect(await listPublic(office.ctx, { newsletter, limit: 9 })).toHaveLength(1);
  await cancelIssue(office.ctx, one);
  expect((await webCopy(office.ctx, copy)).outcome).toBe("ok");
  expect(await listPublic(office.ctx, { newsletter, limit: 9 })).toEqual([]);
});

test("the web copy is gone where no mail can have left", async () => {
  const office = await openSteered();
  expect((await webCopy(office.ctx, copy)).outcome).toBe("ok");
  await cancelIssue(office.ctx, one);
  expect((await webCopy(office.ctx, copy)).outcome).toBe("unknown");
});
