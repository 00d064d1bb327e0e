import { describe, expect, test } from "vitest";
import { nextTurn } from "../../src/jobs.ts";
import { createSmtp } from "../../src/node/smtp/send.ts";
import type { Provider } from "../../src/provider/contract.ts";
import { createResend } from "../../src/provider/resend/send.ts";
import { faults } from "../fakes/resend/faults.ts";
import { hour } from "../world.ts";
import { drain, standOf } from "./course.ts";
import { openRig } from "./rig.ts";
import { type Way, ways } from "./ways.ts";

const readers = 6;
const httpWays = ["single", "strict", "permissive"] as const;
const sent = { status: "sent", accepted: readers, failed: 0, inDoubt: 0, open: 0, reached: readers, exit: 0 };

const { outside, issues } = await openRig(readers);

async function begin(way: Way, provider: Provider = outside.way(way)): Promise<number> {
  await outside.reset();
  issues.leaveBy(provider, 3);
  return issues.begin();
}

/** Lets so many hours pass, paying whatever falls due meanwhile. */
async function pass(hours: number): Promise<void> {
  const { clock } = issues.world;
  const end = clock.now + hours * hour;
  while (clock.now < end) {
    await drain(issues);
    clock.now = Math.min(end, Math.max(clock.now + 1, (await nextTurn(issues.ctx)) ?? end));
  }
}

async function calls(way: Way): Promise<number> {
  return way === "smtp" ? (await outside.smtp.counts()).connections : (await outside.resend.counts()).requests;
}

/** Nothing has left, nobody is given up, and it was tried neither hardly nor hard: half a minute lies between calls, or more. */
async function assertWaiting(way: Way, issue: number): Promise<void> {
  const stand = await standOf(issues, outside, way, issue);
  expect(stand).toMatchObject({ status: "sending", open: readers, reached: 0, exit: 4 });
  const tried = await calls(way);
  expect(tried).toBeGreaterThan(5);
  expect(tried).toBeLessThan((way === "single" ? 6 : 2) * 100);
}

describe("two hours without a way out, and then all leave", () => {
  const rows = { "429": faults.bareRate429, "502": faults.html502, "500": faults.null500, reset: faults.earlyReset };
  const cases = httpWays.flatMap((way) => Object.keys(rows).map((name) => [way, name as keyof typeof rows] as const));

  test.each(cases)("Resend, %s: %s to every call", async (way, name) => {
    const issue = await begin(way);
    await outside.resend.fault({ ...rows[name], times: 10_000 });
    await pass(2);
    // What is reset before it is read is no request that the fake could count.
    if (name !== "reset") await assertWaiting(way, issue);
    await outside.resend.calm();
    await issues.finish();
    expect(await standOf(issues, outside, way, issue)).toEqual(sent);
  });

  test.each([
    ["greeting", "421 4.3.2 going down"],
    ["mail", "451 4.3.0 try later"],
    ["ehlo", "421 4.3.2 going down"],
  ] as const)("SMTP: at %s %s", async (at, text) => {
    const issue = await begin("smtp");
    await outside.smtp.fault({ at, kind: "bye", text, times: 10_000 });
    await pass(2);
    await assertWaiting("smtp", issue);
    await outside.smtp.reset();
    await issues.finish();
    expect(await standOf(issues, outside, "smtp", issue)).toEqual(sent);
  });
});

describe("a host that cannot be found or reached: nothing has left, and once it is there all do", () => {
  const nowhere = ["http://nowhere.invalid", "http://127.0.0.1:1"];
  const cases = ways.flatMap((way) => nowhere.map((url) => [way, url] as const));

  test.each(cases)("%s, %s", async (way, url) => {
    const { hostname: host, port } = new URL(url);
    const line = { host, port: Number(port || 25), tls: "off", login: null, ca: null } as const;
    const issue = await begin(
      way,
      way === "smtp"
        ? createSmtp({ server: line, name: null })
        : createResend({ apiKey: "re_matrix", baseUrl: url, userAgent: "t/1", timeout: 5_000, batch: way }),
    );
    await pass(0.1);
    expect(await standOf(issues, outside, way, issue)).toMatchObject({ status: "sending", open: readers, exit: 4 });
    issues.leaveBy(outside.way(way), 3);
    await issues.finish();
    expect(await standOf(issues, outside, way, issue)).toEqual(sent);
  });
});

describe.each(httpWays)("Resend, %s: the clock", (way) => {
  const doubtful = { ...sent, status: "incomplete", accepted: 0, inDoubt: readers, exit: 4 };

  test("no answer for 25 hours, and every call accepted: in doubt on record, and nobody has got it twice", async () => {
    const issue = await begin(way);
    await outside.resend.fault({ ...faults.acceptedReset, times: 10_000 });
    await pass(23.1);
    await outside.resend.clock(25 * hour);
    await outside.resend.calm();
    await pass(2);
    await issues.finish();
    expect(await standOf(issues, outside, way, issue)).toEqual(doubtful);
  });

  test("it jumps ahead by 25 hours behind calls without an answer: in doubt, since the key may be forgotten", async () => {
    const issue = await begin(way);
    await outside.resend.fault({ ...faults.acceptedReset, times: 6 });
    await drain(issues);
    issues.world.advance(25 * hour);
    await outside.resend.clock(25 * hour);
    await issues.finish();
    // A day without a provider needs a person, and to this clock it was one.
    if ((await issues.status(issue)).issue.status === "paused") await issues.resume(issue);
    await issues.finish();
    expect(await standOf(issues, outside, way, issue)).toEqual({ ...doubtful, ...(await booked(issue)) });
  });

  test("it jumps ahead by 25 hours before anything has left: all leave", async () => {
    const issue = await begin(way);
    await outside.resend.fault({ ...faults.bareRate429, times: 2 });
    await drain(issues);
    issues.world.advance(25 * hour);
    await issues.finish();
    expect(await standOf(issues, outside, way, issue)).toEqual(sent);
  });

  test("it goes back by two hours in the middle: nothing leaves twice, and all leave in the end", async () => {
    const issue = await begin(way);
    await outside.resend.fault(faults.accepted502, faults.bareRate429, faults.acceptedReset);
    await drain(issues);
    issues.world.advance(-2 * hour);
    await issues.finish();
    expect(await standOf(issues, outside, way, issue)).toEqual(sent);
  });

  test("an answer that comes twice is one answer", async () => {
    const issue = await begin(way);
    await outside.resend.fault({ kind: "twice", accept: true, times: 2 });
    await issues.finish();
    expect(await standOf(issues, outside, way, issue)).toEqual(sent);
  });
});

/** Calls that were not made before the jump are made after it: how the readers are divided then, everybody with one mail. */
async function booked(issue: number): Promise<{ accepted: number; inDoubt: number }> {
  const { sums } = await issues.status(issue);
  expect(sums.inDoubt).toBeGreaterThan(0);
  return { accepted: readers - sums.inDoubt, inDoubt: sums.inDoubt };
}
