import { describe, expect, test } from "vitest";
import { webCopy } from "../../src/issue/archive.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { scheduleIssue } from "../../src/issue/schedule.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { nextTurn } from "../../src/jobs.ts";
import { newsletter, type Office } from "../dispatch/post.ts";
import { day, hour, minute } from "../world.ts";
import { openDraft, refusal, source } from "./steered.ts";

const name = { newsletter, slug: "one" };

const schedule = (office: Office, at: number) => scheduleIssue(office.ctx, { ...name, at });

function send(office: Office, expect: number, more: { hold?: number } = {}) {
  return sendIssue(office.ctx, { ...name, expect, asOf: office.clock.now, ...more });
}

test("a scheduled issue leaves at its time, and not a moment before", async () => {
  const office = await openDraft();
  const at = office.clock.now + 15 * hour;
  expect((await schedule(office, at)).issue).toMatchObject({ status: "scheduled", scheduledAt: at, startedAt: null });
  expect(await nextTurn(office.ctx)).toBe(at);
  office.clock.now = at - 1;
  await office.drain();
  expect(await office.mails()).toEqual([]);
  office.clock.now = at;
  await office.drain();
  expect(await office.mails()).toHaveLength(3);
  expect((await office.status()).issue).toMatchObject({ status: "sent", startedAt: at, audienceAt: at });
});

test("it goes to those who are readers at that time: who came until then, and not who left or came later", async () => {
  const office = await openDraft();
  const at = office.clock.now + 2 * hour;
  await schedule(office, at);
  office.advance(hour);
  await office.readers(1);
  await office.connection.exec("update subscriptions set status = 'unsubscribed' where subscriber = 1");
  office.clock.now = at + minute;
  await office.connection.exec(`update subscriptions set since = ${at + 1} where subscriber = 2`);
  await office.drain();
  expect((await office.recipients()).sort()).toEqual(["reader3@post.tld", "reader4@post.tld"]);
});

test("its text is frozen when it is scheduled", async () => {
  const office = await openDraft();
  await schedule(office, office.clock.now + hour);
  await office.connection.exec("update newsletters set sender_name = 'Somebody else'");
  office.advance(hour);
  await office.drain();
  expect((await office.mails()).map((mail) => mail.from.name)).toEqual(Array(3).fill("The Harbour Courier"));
});

test("a changed file is refused while it is scheduled, with the command that takes it back", async () => {
  const office = await openDraft();
  await schedule(office, office.clock.now + hour);
  const fault = await refusal(saveDraft(office.ctx, { source: source("Good evening.") }));
  expect(fault).toMatchObject({
    code: "refused",
    details: { hint: expect.stringContaining("tidings issue recall tide/one") },
  });
  expect((await saveDraft(office.ctx, { source: source("Good morning.") })).issue.status).toBe("scheduled");
});

test("scheduling it again moves it, as it was frozen", async () => {
  const office = await openDraft();
  const [first, second] = [office.clock.now + hour, office.clock.now + 2 * hour];
  expect((await schedule(office, first)).moved).toBe(false);
  await office.connection.exec("update newsletters set sender_name = 'Somebody else'");
  expect(await schedule(office, second)).toMatchObject({ moved: true, issue: { scheduledAt: second } });
  office.clock.now = first;
  await office.drain();
  expect(await office.mails()).toEqual([]);
  office.clock.now = second;
  await office.drain();
  expect((await office.mails()).map((mail) => mail.from.name)).toEqual(Array(3).fill("The Harbour Courier"));
});

test("its web copy stays private until it is being sent", async () => {
  const office = await openDraft();
  const read = () => webCopy(office.ctx, { newsletter, issue: "one", preview: null });
  await schedule(office, office.clock.now + hour);
  expect(await read()).toEqual({ outcome: "unknown" });
  office.advance(7 * hour + 1);
  await office.drain();
  expect((await office.status()).issue).toMatchObject({ status: "paused", stopReason: "stale" });
  expect(await read()).toEqual({ outcome: "unknown" });
  await send(office, 3);
  expect((await read()).outcome).toBe("ok");
});

describe("nothing is scheduled", () => {
  test.each([
    ["for a time that has passed", 0],
    ["for a time more than a year away", 367 * day],
  ])("%s", async (_, away) => {
    const office = await openDraft();
    const fault = await refusal(schedule(office, office.clock.now + away));
    expect(fault).toMatchObject({ code: "invalid", details: { field: "at" } });
    expect((await office.status()).issue.status).toBe("draft");
  });

  test.each([
    ["of a newsletter that is closed", "update newsletters set status = 'closed'", "is closed"],
    ["before the operator is named", "update instance set operator = ''", "operator"],
    [
      "while mails are held",
      `update instance set held = '{"kind":"clock","reason":"the clock went back.","at":1,"notices":0}'`,
      "the clock went back",
    ],
  ])("%s", async (_, statement, words) => {
    const office = await openDraft();
    await office.connection.exec(statement);
    const fault = await refusal(schedule(office, office.clock.now + hour));
    expect([fault.code, fault.message]).toEqual(["preflight", expect.stringContaining(words)]);
    expect((await office.status()).issue.status).toBe("draft");
  });

  test("of an issue that is being sent, or was", async () => {
    const office = await openDraft();
    await send(office, 3);
    expect((await refusal(schedule(office, office.clock.now + hour))).message).toContain("is being sent already");
    await office.drain();
    expect(await refusal(schedule(office, office.clock.now + hour))).toMatchObject({
      code: "refused",
      message: "tide/one is sent: it cannot be scheduled.",
    });
  });
});

describe("a send that is held", () => {
  test("begins so much later, to those who were readers when it was agreed to", async () => {
    const office = await openDraft();
    const asOf = office.clock.now;
    const { issue } = await send(office, 3, { hold: 5 * minute });
    expect(issue).toMatchObject({ status: "scheduled", scheduledAt: asOf + 5 * minute, audienceAt: asOf });
    await office.drain();
    expect(await office.mails()).toEqual([]);
    office.advance(5 * minute);
    await office.connection.exec(`update subscriptions set since = ${asOf + 1} where subscriber = 3`);
    await office.drain();
    expect((await office.recipients()).sort()).toEqual(["reader1@post.tld", "reader2@post.tld"]);
  });

  test("wants the count that any send wants", async () => {
    const office = await openDraft();
    expect((await refusal(send(office, 4, { hold: minute }))).code).toBe("conflict");
    expect((await refusal(send(office, 3, { hold: 25 * hour }))).code).toBe("invalid");
    expect((await office.status()).issue.status).toBe("draft");
  });

  test("that is moved by a schedule is one: it goes to those who are readers then", async () => {
    const office = await openDraft();
    await send(office, 3, { hold: 5 * minute });
    const at = office.clock.now + hour;
    expect((await schedule(office, at)).issue).toMatchObject({ scheduledAt: at, audienceAt: null });
  });
});

test("a scheduled issue can be sent now, to an agreed count, and then does not leave a second time", async () => {
  const office = await openDraft();
  const at = office.clock.now + hour;
  await schedule(office, at);
  expect((await refusal(send(office, 2))).code).toBe("conflict");
  expect((await send(office, 3)).issue).toMatchObject({ status: "sending", scheduledAt: null });
  await office.drain();
  office.clock.now = at;
  await office.drain();
  expect(await office.mails()).toHaveLength(3);
});
