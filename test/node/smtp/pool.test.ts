import { expect, test } from "vitest";
import { issue, notice, readers } from "../../provider/samples.ts";
import { accepted, handClock, keepJournal, smtpTo, struck, talkOf, useFake } from "./rig.ts";

const rig = useFake();
const send = (smtp: ReturnType<typeof smtpTo>, count = 2) =>
  smtp.issue(issue)(readers(count)).send("i/1/1-1", keepJournal());

test("the next call, of issues or notices, has the connection of the one before", async () => {
  const smtp = smtpTo(rig.fake);
  await send(smtp);
  await send(smtp);
  await smtp.notices([notice("a@post.tld")]).send("i/n/1", keepJournal());
  expect(await rig.fake.counts()).toMatchObject({ mails: 5, connections: 1 });
  smtp.close();
});

test("calls at the same time have connections of their own", async () => {
  const smtp = smtpTo(rig.fake);
  await Promise.all([send(smtp), send(smtp), send(smtp)]);
  expect(await rig.fake.counts()).toMatchObject({ mails: 6, connections: 3 });
  await Promise.all([send(smtp), send(smtp), send(smtp)]);
  expect(await rig.fake.counts()).toMatchObject({ mails: 12, connections: 3 });
  smtp.close();
});

test("an unused connection is left after five seconds, with a goodbye", async () => {
  const clock = handClock();
  const smtp = smtpTo(rig.fake, { timers: clock });
  await send(smtp);
  expect(clock.waits()).toEqual([5_000]);
  clock.pass(5_000);
  await expect.poll(async () => (await talkOf(rig.fake)).client, { timeout: 10_000 }).toMatch(/\r\n\.\r\nQUIT\r\n$/);
  await expect.poll(async () => (await rig.fake.counts()).open, { timeout: 10_000 }).toBe(0);
});

test("closing says goodbye on all of them, and later calls keep none", async () => {
  const smtp = smtpTo(rig.fake);
  await Promise.all([send(smtp), send(smtp)]);
  smtp.close();
  await expect.poll(async () => (await rig.fake.counts()).open, { timeout: 10_000 }).toBe(0);
  expect(await send(smtp)).toMatchObject({ result: "accepted" });
  await expect.poll(async () => (await rig.fake.counts()).open, { timeout: 10_000 }).toBe(0);
});

test("a connection that the server has ended meanwhile is replaced without a word", async () => {
  const smtp = smtpTo(rig.fake);
  await send(smtp);
  await rig.fake.hangUp();
  expect(await send(smtp)).toMatchObject({ result: "accepted" });
  expect(await rig.fake.counts()).toMatchObject({ mails: 4, connections: 2 });
  smtp.close();
});

for (const [what, fault] of [
  ["ends with 421 at the next mail", { at: "mail", kind: "bye", text: "421 4.7.0 Enough for one connection" }],
  ["resets at the next mail", { at: "mail", kind: "drop" }],
  ["resets at the next recipient", { at: "rcpt", kind: "drop" }],
] as const) {
  test(`a kept connection that the server ${what} is replaced once`, async () => {
    const smtp = smtpTo(rig.fake);
    await send(smtp);
    await rig.fake.fault(fault);
    expect(await send(smtp)).toMatchObject({ result: "accepted" });
    expect(await rig.fake.counts()).toMatchObject({ mails: 4, connections: 2 });
    await rig.fake.fault(fault, fault);
    expect(await send(smtp)).toMatchObject({ result: "retry" });
    expect(await rig.fake.faultsLeft()).toEqual([]);
    smtp.close();
  });
}

test("a kept connection lost after mails have begun is not replaced: the ledger decides", async () => {
  const smtp = smtpTo(rig.fake);
  await send(smtp);
  await rig.fake.fault({ at: "dot", kind: "drop", accept: true });
  const outcome = await send(smtp, 3);
  expect(outcome).toMatchObject({
    result: "partly",
    members: [{ result: "unsure" }, { result: "later" }, { result: "later" }],
  });
  expect(await accepted(rig.fake)).toHaveLength(3);
  smtp.close();
});

test("a refused recipient at the end of a call does not spoil the next one", async () => {
  const smtp = smtpTo(rig.fake);
  await rig.fake.fault({ at: "rcpt", kind: "reply", text: "550 5.1.1 No such user", to: "leserin1@post1.tld" });
  await send(smtp);
  expect(await send(smtp)).toMatchObject({ result: "accepted" });
  expect((await rig.fake.counts()).connections).toBe(1);
  expect((await talkOf(rig.fake)).client).toContain("RSET\r\n");
  smtp.close();
});

test("a connection is changed after a thousand mails", async () => {
  const smtp = smtpTo(rig.fake);
  for (let call = 0; call < 11; call += 1) await send(smtp, 100);
  expect(await rig.fake.counts()).toMatchObject({ mails: 1_100, connections: 2 });
  smtp.close();
});

test("a server that cannot be reached is tried again later", async () => {
  const smtp = smtpTo(rig.fake, { at: { port: 1 } });
  expect(await send(smtp)).toMatchObject({ result: "retry", reason: expect.stringContaining("ECONNREFUSED") });
  const nowhere = smtpTo(rig.fake, { at: { host: "mail.invalid" } });
  expect(await send(nowhere)).toMatchObject({
    result: "retry",
    reason: expect.stringMatching(/mail\.invalid.*ENOTFOUND|EAI_AGAIN/),
  });
});

test("a server that does not even take the connection is left after ten seconds", async () => {
  const clock = handClock();
  // A name that resolves at once, and an address whose packets go nowhere, are not to be had everywhere: the clock runs out first.
  const sending = send(smtpTo(rig.fake, { timers: clock }));
  expect(clock.waits()).toEqual([10_000]);
  clock.pass(10_000);
  expect(await sending).toMatchObject({ result: "retry", reason: expect.stringContaining("within 10000 ms") });
  await rig.fake.fault({ at: "greeting", kind: "drop" });
  await expect(send(smtpTo(rig.fake))).resolves.toMatchObject({ result: "retry" });
  await struck(rig.fake);
});
