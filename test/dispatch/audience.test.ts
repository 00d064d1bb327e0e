import { expect, test } from "vitest";
import { planSlice } from "../../src/dispatch/plan.ts";
import { turn } from "../../src/jobs.ts";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { address, newsletter, type Office, openOffice } from "./post.ts";

async function recipients(office: Office, subject: string): Promise<string[]> {
  const mails = await office.mails();
  return mails.filter((mail) => mail.subject === subject).map((mail) => mail.to);
}

async function leave(office: Office, reader: number): Promise<void> {
  await office.post(`/u/${office.ctx.signer.sign("leave", [1, reader])}`);
}

test("the audience is who was active when the recipients were counted: whoever confirms later gets the next issue", async () => {
  const office = await openOffice({ readers: 3 });
  await office.start("one");
  office.advance(1);
  await office.signUp("late@post.tld", newsletter);
  await office.post(`/confirm/${office.ctx.signer.sign("confirm", [1])}`);
  await office.finish();
  expect((await office.status("one")).sums.planned).toBe(3);
  expect(await recipients(office, "News of one")).toEqual([1, 2, 3].map(address));
  await office.start("two");
  await office.finish();
  expect(await recipients(office, "News of two")).toEqual([...[1, 2, 3].map(address), "late@post.tld"]);
});

test("whoever leaves, is suppressed or is erased after planning is skipped, with the reason", async () => {
  const office = await openOffice({ readers: 250 });
  await office.start();
  await turn(office.ctx);
  expect((await office.status()).sums).toMatchObject({ planned: 250, accepted: 100 });
  await leave(office, 101);
  await leave(office, 250);
  await addSuppression(office.ctx, { address: address(150), reason: "complaint" });
  await addSuppression(office.ctx, { address: address(151), newsletter });
  await erase(office.ctx, { address: address(152) });
  await office.finish();
  const { issue, sums, reasons } = await office.status();
  expect(issue.status).toBe("sent");
  expect(sums).toEqual({ planned: 250, open: 0, accepted: 245, failed: 0, skipped: 5, inDoubt: 0 });
  expect(reasons).toEqual([
    { state: "skipped", reason: "suppressed", n: 2 },
    { state: "skipped", reason: "unsubscribed", n: 2 },
    { state: "skipped", reason: "erased", n: 1 },
  ]);
  const mailed = await recipients(office, "News of one");
  expect(mailed).toHaveLength(245);
  for (const gone of [101, 150, 151, 152, 250]) expect(mailed).not.toContain(address(gone));
});

test("a suppressed reader is never planned, one who left before planning neither", async () => {
  const office = await openOffice({ readers: 5 });
  await addSuppression(office.ctx, { address: address(2) });
  await office.start();
  await leave(office, 4);
  await office.finish();
  expect((await office.status()).sums).toMatchObject({ planned: 3, accepted: 3, skipped: 0 });
  expect(await recipients(office, "News of one")).toEqual([1, 3, 5].map(address));
});

test("a suppression for another newsletter keeps nobody from this one", async () => {
  const office = await openOffice({ readers: 2 });
  await office.newsletter("harbour");
  await addSuppression(office.ctx, { address: address(1), newsletter: "harbour" });
  await office.start();
  await office.finish();
  expect(await recipients(office, "News of one")).toEqual([1, 2].map(address));
});

test("a batch whose readers have all left is settled without a call", async () => {
  const office = await openOffice({ readers: 2 });
  await office.start();
  while ((await office.status()).issue.plannedAt === null) await planSlice(office.ctx);
  await office.connection.exec("update subscriptions set status = 'unsubscribed'");
  await office.finish();
  expect((await office.batches()).map((batch) => [batch.state, batch.size])).toEqual([["skipped", 0]]);
  expect((await office.status()).issue.status).toBe("sent");
  expect(await office.mails()).toEqual([]);
});
