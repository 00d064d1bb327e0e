import { beforeEach, expect, test } from "vitest";
import { retireIssues } from "../../src/issue/retire.ts";
import { checkLedger } from "../delivery/invariants.ts";
import { day } from "../world.ts";
import { address, type Office } from "./post.ts";
import { countsOf, deliver, openReported, outcomesOf, report, suppressionsOf, webhookOf } from "./reported.ts";

const soft = { type: "Transient", subType: "MailboxFull" };

let office: Office;

/** Sent to twelve, and then kept only as sums; of the rows so many commits have gone. */
async function openRetired(commits: number): Promise<void> {
  office = await openReported({ readers: 12, limits: { members: 4 } });
  await office.start();
  await office.finish();
  office.advance(40 * day);
  await retireIssues(office.ctx, office.clock.now, { commits, deliveries: 4 });
  expect((await office.status()).issue.retiredAt).not.toBe(null);
}

const sums = { planned: 12, open: 0, accepted: 12, failed: 0, skipped: 0, inDoubt: 0 };

beforeEach(() => openRetired(10));

test.each([
  ["complained", "complaint"],
  ["bounced", "hard-bounce"],
] as const)("a late report that a mail has %s is counted, and suppresses its address", async (kind, reason) => {
  await report(office, { kind, reader: 3 });
  expect(await countsOf(office)).toEqual({ [kind]: 1 });
  expect(await suppressionsOf(office)).toEqual({ [address(3)]: reason });
  expect(await outcomesOf(office)).toEqual([kind]);
  const { sums: now, reports } = await office.status();
  expect([now, reports]).toEqual([sums, expect.objectContaining({ [kind]: 1 })]);
});

test("a repeat counts once", async () => {
  const webhook = await webhookOf(office, { kind: "delivered", reader: 1, id: "msg_same" });
  for (let times = 0; times < 2; times += 1) expect(await deliver(office, webhook)).toBe(200);
  await report(office, { kind: "delivered", reader: 2 });
  expect(await countsOf(office)).toEqual({ delivered: 2 });
});

test("a full mailbox of so long ago says nothing about the reader now", async () => {
  await report(office, { kind: "bounced", reader: 5, detail: soft });
  expect(await countsOf(office)).toEqual({ "bounced-soft": 1 });
  const reader = office.connection.prepare("select soft_bounces, soft_issue from subscribers where id = 5");
  expect(await reader.get()).toEqual({ soft_bounces: 0, soft_issue: null });
});

test("a mail that is reported as failed after all is counted, and no sum moves", async () => {
  await report(office, { kind: "failed", reader: 5 });
  expect(await countsOf(office)).toEqual({ failed: 1 });
  expect((await office.status()).sums).toEqual(sums);
  expect((await office.status()).issue.status).toBe("sent");
});

test("a report on an issue that is not known is still one on no mail of ours", async () => {
  await report(office, { kind: "delivered", reader: 5, issue: 77 });
  expect(await countsOf(office, 77)).toEqual({});
  expect(await outcomesOf(office)).toEqual(["no such mail"]);
});

test("half way through the deletion reports are counted alike for who has gone and who is left, and sizes stay true", async () => {
  await openRetired(1);
  const left = await office.connection.prepare("select subscriber from deliveries order by subscriber").pluck().all();
  expect(left).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
  for (const reader of [2, 9]) {
    await report(office, { kind: "failed", reader }, { kind: "complained", reader }, { kind: "delivered", reader });
  }
  expect(await countsOf(office)).toEqual({ failed: 2, complained: 2, delivered: 2 });
  await checkLedger(office.connection);
  expect((await office.status()).sums).toEqual(sums);
  await retireIssues(office.ctx, null);
  expect((await office.status()).sums).toEqual(sums);
  expect(await suppressionsOf(office)).toEqual({ [address(2)]: "complaint", [address(9)]: "complaint" });
});
