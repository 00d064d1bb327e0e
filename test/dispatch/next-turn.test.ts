import { expect, test } from "vitest";
import { claimIssueBatch, leaseMs } from "../../src/delivery/claim.ts";
import { payIssueBatch } from "../../src/dispatch/issues.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { nextTurn } from "../../src/jobs.ts";
import { newsletter, type Office, openOffice } from "./post.ts";

async function isDue(office: Office): Promise<boolean> {
  const due = await nextTurn(office.ctx);
  return due !== null && due <= office.clock.now;
}

test("nothing is due where nothing is owed", async () => {
  const office = await openOffice({ readers: 1 });
  expect(await nextTurn(office.ctx)).toBeNull();
  await office.start();
  await office.drain();
  expect(await nextTurn(office.ctx)).toBeNull();
});

test("an issue is due before its first batch is planned: whoever sent it may have ended at once", async () => {
  const office = await openOffice({ readers: 1 });
  await office.start();
  expect(await isDue(office)).toBe(true);
});

test("an issue is due as long as slices are missing, even if all its batches must wait", async () => {
  const office = await openOffice({ readers: 1 });
  await office.start();
  await planSlice(office.ctx);
  await office.connection.prepare("update batches set due_at = ?").run(office.clock.now + 60_000);
  expect(await isDue(office)).toBe(true);
  await planSlice(office.ctx);
  expect(await nextTurn(office.ctx)).toBe(office.clock.now + 60_000);
});

test("an issue is due after its last batch is settled, until it is finished", async () => {
  const office = await openOffice({ readers: 1 });
  await office.start();
  while (await planSlice(office.ctx));
  await payIssueBatch(office.ctx);
  expect(await isDue(office)).toBe(true);
  await office.drain();
  expect(await nextTurn(office.ctx)).toBeNull();
});

test("a lost batch is due when its lease ends, a refused one when its wait does", async () => {
  const office = await openOffice({ readers: 1 });
  await office.start();
  while (await planSlice(office.ctx));
  await claimIssueBatch(office.ctx);
  expect(await nextTurn(office.ctx)).toBe(office.clock.now + leaseMs);
  office.advance(leaseMs);
  office.fault = () => ({ result: "retry", reason: "busy", after: 30_000 });
  await office.drain();
  expect(await nextTurn(office.ctx)).toBe((await office.batches())[0]?.due_at);
});

test("the batches of a paused issue are never due", async () => {
  const office = await openOffice({ readers: 1 });
  await office.start();
  while (await planSlice(office.ctx));
  await office.connection.exec("update issues set status = 'paused'");
  expect(await nextTurn(office.ctx)).toBeNull();
});

test("a notice is due when its cool-down is over", async () => {
  const office = await openOffice();
  await office.signUp("anna@post.tld", newsletter);
  expect(await nextTurn(office.ctx)).toBe(office.clock.now);
  await office.drain();
  office.advance(1_000);
  await office.newsletter("ebb");
  await office.signUp("anna@post.tld", "ebb");
  expect(await nextTurn(office.ctx)).toBe(office.clock.now - 1_000 + 10 * 60_000);
});
