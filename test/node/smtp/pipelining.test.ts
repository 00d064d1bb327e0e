import { expect, test } from "vitest";
import { accepted, handClock, resultsOf, sendIssue, struck, talkOf, useFake } from "./rig.ts";

const rig = useFake();

test("where PIPELINING is offered, MAIL, RCPT and DATA go together, behind the final dot of the mail before", async () => {
  const clock = handClock();
  await rig.fake.fault({ at: "dot", kind: "hang", accept: true });
  const sending = sendIssue(rig.fake, 2, { timers: clock });
  await struck(rig.fake);
  const { client } = await talkOf(rig.fake);
  clock.pass(30_000);
  expect(resultsOf(await sending)).toEqual(["unsure", "later"]);
  const commands = (reader: string) => `MAIL FROM:<frueh@morgenblatt.tld>\r\nRCPT TO:<${reader}>\r\nDATA\r\n`;
  expect(client).toContain(`EHLO [127.0.0.1]\r\n${commands("leserin0@post0.tld")}Date: `);
  // The answer to the first dot never came, and yet these are there.
  expect(client.endsWith(`--\r\n.\r\n${commands("leserin1@post1.tld")}`)).toBe(true);
});

test("the bytes of a mail wait for 354, however much goes together", async () => {
  const clock = handClock();
  await rig.fake.fault({ at: "data", kind: "hang" });
  const sending = sendIssue(rig.fake, 1, { timers: clock });
  await struck(rig.fake);
  const { client } = await talkOf(rig.fake);
  clock.pass(30_000);
  await sending;
  expect(client.endsWith("DATA\r\n")).toBe(true);
});

test("where it is not offered, each command waits for the answer to the one before", async () => {
  await rig.fake.set({ pipelining: false });
  for (const [at, last] of [
    ["mail", "MAIL FROM:<frueh@morgenblatt.tld>\r\n"],
    ["rcpt", "RCPT TO:<leserin0@post0.tld>\r\n"],
    ["data", "DATA\r\n"],
    ["dot", "\r\n.\r\n"],
  ] as const) {
    const clock = handClock();
    await rig.fake.fault({ at, kind: "hang" });
    const sending = sendIssue(rig.fake, 2, { timers: clock });
    await struck(rig.fake);
    const { connections } = await rig.fake.counts();
    const { client } = await talkOf(rig.fake, connections - 1);
    clock.pass(30_000);
    await sending;
    expect(client.endsWith(last), at).toBe(true);
  }
});

test("a server that answers more than it was asked is not listened to any further", async () => {
  for (const at of ["ehlo", "mail", "rcpt", "data"] as const) {
    await rig.fake.reset();
    const text = { ehlo: "250-fake\r\n250 PIPELINING", mail: "250 Ok", rcpt: "250 Ok", data: "354 Go" }[at];
    await rig.fake.fault({ at, kind: "reply", text: `${text}\r\n250 2.0.0 Ok: queued as nothing` });
    const outcome = await sendIssue(rig.fake, 2);
    expect(outcome.result, at).toBe("retry");
    expect(await accepted(rig.fake), at).toEqual([]);
  }
});

test("the mails of one call have one connection", async () => {
  await sendIssue(rig.fake, 40);
  expect(await rig.fake.counts()).toMatchObject({ mails: 40, connections: 1 });
});
