import { expect, test } from "vitest";
import { freeze } from "../../src/delivery/freeze.ts";
import { settleAccepted } from "../../src/delivery/settle.ts";
import { payIssueBatch } from "../../src/dispatch/issues.ts";
import { cancelIssue } from "../../src/issue/cancel.ts";
import { pauseByHand } from "../../src/issue/pause.ts";
import { resumeIssue } from "../../src/issue/resume.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { nextTurn } from "../../src/jobs.ts";
import { openOffice } from "../dispatch/post.ts";
import { issueFile } from "../http/desk.ts";
import { holdBatch, one, openSteered, payWith } from "./steered.ts";

test("a paused issue lets nothing more leave, and goes on where it stopped", async () => {
  const office = await openSteered();
  await payWith(office, null);
  expect(await pauseByHand(office.ctx, one)).toMatchObject({ paused: true, held: 0, issue: { stopReason: "editor" } });
  expect(await payIssueBatch(office.ctx)).toBe(false);
  expect(await nextTurn(office.ctx)).toBeNull();
  expect(await office.mails()).toHaveLength(10);
  const { issue, resumed } = await resumeIssue(office.ctx, one);
  expect(issue).toMatchObject({ status: "sending", stopReason: null, error: null });
  expect(resumed).toBe(true);
  await office.finish();
  expect((await office.status()).issue.status).toBe("sent");
  expect(await office.mails()).toHaveLength(40);
});

test("a batch that is in flight when the issue is paused finishes", async () => {
  const office = await openSteered();
  const claim = await holdBatch(office);
  expect((await pauseByHand(office.ctx, one)).held).toBe(1);
  await freeze(office.ctx, claim, { hash: "h" });
  const members = (JSON.parse(claim.members) as [number][]).map(([id]) => [id, "id"] as const);
  expect(await settleAccepted(office.ctx, claim, members)).toBe(true);
  expect((await office.status()).sums).toMatchObject({ accepted: 10, open: 30 });
});

test("what is paused or sending already stays so", async () => {
  const office = await openSteered();
  expect((await resumeIssue(office.ctx, one)).resumed).toBe(false);
  await pauseByHand(office.ctx, one);
  expect((await pauseByHand(office.ctx, one)).paused).toBe(false);
  expect((await office.status()).issue.status).toBe("paused");
});

test("pausing by hand keeps the reason of what stopped the issue before", async () => {
  const office = await openSteered();
  await payWith(office, { result: "halt", reason: "the key is wrong" });
  const { issue } = await pauseByHand(office.ctx, one);
  expect(issue).toMatchObject({ stopReason: "provider", error: "the key is wrong" });
});

test("a resume makes waiting batches due, and a brake counts from then on", async () => {
  const office = await openSteered();
  await payWith(office, null, { result: "halt", reason: "the key is wrong" });
  await resumeIssue(office.ctx, one);
  const row = (await office.connection.prepare("select brake_base from issues").get()) as { brake_base: string };
  expect(JSON.parse(row.brake_base)).toMatchObject({ accepted: 10, failed: 0 });
  expect(await nextTurn(office.ctx)).toBe(0);
});

test("an issue whose time went by unseen begins by a resume, for those who were readers at its time", async () => {
  const office = await openOffice({ readers: 3 });
  await saveDraft(office.ctx, { source: issueFile("tide", "one") });
  await office.connection
    .prepare(
      `update issues set status = 'paused', stop_reason = 'stale', error = 'It was due long ago.', scheduled_at = ?,
        content = (select hash from contents)`,
    )
    .run(office.clock.now);
  office.advance(86_400_000);
  await office.connection.prepare("update newsletters set status = 'paused'").run();
  await expect(resumeIssue(office.ctx, one)).rejects.toMatchObject({ code: "preflight" });
  await office.connection.prepare("update newsletters set status = 'open'").run();
  const { issue } = await resumeIssue(office.ctx, one);
  expect(issue).toMatchObject({ startedAt: office.clock.now, audienceAt: office.clock.now - 86_400_000 });
});

test("states in which it makes no sense are refused with what does", async () => {
  const office = await openOffice({ readers: 1 });
  await saveDraft(office.ctx, { source: issueFile("tide", "draft") });
  const draft = { newsletter: "tide", slug: "draft" };
  await expect(pauseByHand(office.ctx, draft)).rejects.toMatchObject({ code: "refused" });
  await expect(resumeIssue(office.ctx, draft)).rejects.toMatchObject({
    details: { hint: "Send it with: tidings issue send tide/draft" },
  });
  await office.start();
  await office.drain();
  await expect(pauseByHand(office.ctx, one)).rejects.toThrow("tide/one was sent");
  await expect(resumeIssue(office.ctx, one)).rejects.toThrow("tide/one was sent");
  await office.connection.exec("update issues set status = 'incomplete' where slug = 'one'");
  await expect(resumeIssue(office.ctx, one)).rejects.toMatchObject({
    details: { hint: "Look at it with: tidings issue resolve tide/one" },
  });
  await cancelIssue(office.ctx, one);
  await expect(resumeIssue(office.ctx, one)).rejects.toThrow("was cancelled, and stays so");
  await expect(pauseByHand(office.ctx, one)).rejects.toMatchObject({ code: "refused" });
});
