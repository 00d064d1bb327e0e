import { expect, test } from "vitest";
import { claimIssueBatch, leaseMs } from "../../src/delivery/claim.ts";
import { resumeIssue } from "../../src/issue/resume.ts";
import { nextTurn, turn } from "../../src/jobs.ts";
import type { Outcome } from "../../src/provider/contract.ts";
import { hour, minute } from "../world.ts";
import { openTwo, type Two } from "./pacing.ts";
import { newsletter } from "./post.ts";

const down = (): Outcome => ({ result: "retry", reason: "Resend cannot be reached (ECONNREFUSED)." });
const silence = (): Outcome => ({ result: "unsure", reason: "Resend did not answer." });
const second = 1_000;

interface Outlet {
  failures: number;
  shut_until: number;
}

async function outlet(two: Two): Promise<Outlet> {
  const row = await two.connection.prepare<[], Outlet>("select * from outlets").get();
  if (row === undefined) throw new Error("nothing is known of the way out");
  return row;
}

/** An issue of so many mails, of which the breaker has opened after the first five. */
async function broken(readers = 20, answer = down): Promise<Two> {
  const two = await openTwo({ readers });
  two.answer = answer;
  await two.start();
  while (two.calls.length < 5) await turn(two.ctx);
  return two;
}

test("five calls in a row without a good answer open it for both processes, for 30 s at most", async () => {
  const two = await broken();
  const { failures, shut_until } = await outlet(two);
  expect(failures).toBe(5);
  expect(shut_until - two.clock.now).toBeGreaterThanOrEqual(22 * second);
  expect(shut_until - two.clock.now).toBeLessThanOrEqual(30 * second);
  await two.signUp("new@post.tld", newsletter);
  await two.run(shut_until - two.clock.now - 1);
  expect(two.calls).toHaveLength(5);
  expect(await nextTurn(two.ctx)).toBe(shut_until);
});

test("calls that were under way when it opened change nothing", async () => {
  const two = await openTwo({ readers: 20 });
  two.answer = down;
  await two.start();
  await two.run(1);
  expect(two.calls.length).toBeGreaterThan(5);
  expect((await outlet(two)).failures).toBe(5);
  expect((await outlet(two)).shut_until - two.clock.now).toBeLessThanOrEqual(30 * second);
});

test("then one call of all processes tries, and the others wait for what it comes to", async () => {
  const two = await broken();
  two.clock.now = (await outlet(two)).shut_until;
  const trial = await claimIssueBatch(two.each[0]);
  expect(trial?.pass?.isProbe).toBe(1);
  expect(await claimIssueBatch(two.each[1])).toBeNull();
  two.advance(leaseMs - 1);
  expect(await claimIssueBatch(two.each[1])).toBeNull();
  two.advance(1);
  expect((await claimIssueBatch(two.each[1]))?.pass?.isProbe).toBe(1);
});

test("a trial that fails opens it for longer each time, up to ten minutes, without using up tries", async () => {
  const two = await broken();
  const waits: number[] = [];
  const tries = (await two.batches()).map((batch) => batch.tries);
  for (let round = 0; round < 8; round += 1) {
    const opened = two.clock.now;
    const { shut_until } = await outlet(two);
    waits.push(shut_until - opened);
    await two.run(shut_until - opened);
  }
  expect(two.calls).toHaveLength(5 + 8);
  for (const [round, wait] of waits.entries()) {
    const whole = Math.min(10 * minute, 30 * second * 2 ** round);
    expect(wait).toBeGreaterThanOrEqual(whole * 0.75 - 1);
    expect(wait).toBeLessThanOrEqual(whole);
  }
  expect(new Set(waits.slice(5)).size).toBeGreaterThan(1);
  expect((await two.batches()).map((batch) => batch.tries)).toEqual(tries);
});

test("one that succeeds closes it, and everything leaves once", async () => {
  const two = await broken();
  two.answer = () => null;
  await two.run(30 * second);
  expect(await outlet(two)).toMatchObject({ failures: 0, shut_until: 0 });
  expect((await two.recipients()).toSorted()).toEqual(
    Array.from({ length: 20 }, (_, n) => `reader${n + 1}@post.tld`).toSorted(),
  );
  expect((await two.status()).issue).toMatchObject({ status: "sent", error: null });
  expect(two.logged.join("\n")).toMatch(/provider (?:fails|answers again)/);
});

test("it is as open after a restart as it was before", async () => {
  const two = await broken();
  const again = await two.restart();
  expect(await claimIssueBatch(again)).toBeNull();
  two.clock.now = (await outlet(two)).shut_until;
  expect(await claimIssueBatch(again)).not.toBeNull();
});

test("what may have been accepted is repeated unchanged once it is closed", async () => {
  const keys: string[] = [];
  const two = await broken(6, silence);
  for (const { payload_hash } of await two.batches()) keys.push(payload_hash ?? "");
  expect(keys.filter((hash) => hash !== "")).toHaveLength(5);
  const attempts = (await two.batches()).map(({ attempt }) => attempt);
  two.answer = () => null;
  await two.run(5 * minute);
  expect((await two.batches()).map(({ attempt }) => attempt)).toEqual(attempts);
  expect((await two.batches()).every(({ state }) => state === "accepted")).toBe(true);
  expect(two.calls).toHaveLength(5 + 6);
});

test("sending issues say since when and why they wait, also those that nothing was tried of", async () => {
  const two = await openTwo({ readers: 20 });
  two.answer = down;
  await two.start("one");
  two.advance(1);
  await two.start("two");
  await two.run(10 * second);
  for (const slug of ["one", "two"]) {
    expect((await two.status(slug)).issue.error).toBe(
      "the provider has not answered as it should since 2026-11-22 08:00 UTC: Resend cannot be reached (ECONNREFUSED).",
    );
  }
  two.answer = () => null;
  await two.run(minute);
  for (const slug of ["one", "two"])
    expect((await two.status(slug)).issue).toMatchObject({ status: "sent", error: null });
});

test("a single batch that always fails does not open it", async () => {
  const two = await openTwo({ readers: 3 });
  two.answer = ({ to }) => (to[0] === "reader2@post.tld" ? silence() : null);
  await two.start();
  await two.run(hour);
  expect(two.calls.length).toBeGreaterThan(10);
  expect((await outlet(two)).failures).toBeLessThan(5);
  await two.signUp("new@post.tld", newsletter);
  const from = two.calls.length;
  await two.run(1);
  expect(two.calls[from]).toMatchObject({ lane: "notices" });
});

test("an answer in between begins the count anew, also a refusal", async () => {
  const answers: (Outcome | null)[] = [down(), silence(), down(), down(), { result: "rejected", reason: "no mailbox" }];
  const two = await openTwo({ readers: 30 });
  let made = 0;
  two.answer = () => answers[made++ % answers.length] ?? null;
  await two.start();
  while (two.calls.length < 25) {
    await turn(two.ctx);
    two.clock.now = Math.max(two.clock.now, (await nextTurn(two.ctx)) ?? 0);
    expect((await outlet(two)).failures).toBeLessThan(5);
  }
});

test.each([
  ["a call too many", { result: "retry", reason: "429", limited: true, after: 1 }],
  [
    "a call whose forerunner still runs",
    { result: "unsure", reason: "Resend answered 409 concurrent_idempotent_requests.", answered: true },
  ],
] as const)("%s is no outage", async (_, answer) => {
  const two = await openTwo({ readers: 12 });
  two.answer = () => answer;
  await two.start();
  while (two.calls.length < 12) {
    await turn(two.ctx);
    two.clock.now = Math.max(two.clock.now, (await nextTurn(two.ctx)) ?? 0);
  }
  expect(await two.connection.prepare("select * from outlets where failures > 0").all()).toEqual([]);
});

test("failures of both lanes count together", async () => {
  const two = await openTwo({ readers: 3 });
  two.answer = down;
  for (let n = 0; n < 3; n += 1) await two.signUp(`new${n}@post.tld`, newsletter);
  await two.start();
  await two.run(1);
  expect(new Set(two.calls.map(({ lane }) => lane))).toEqual(new Set(["notices", "issue"]));
  expect((await outlet(two)).failures).toBe(5);
});

test("a trial that had nothing to send lets the next one go at once", async () => {
  const two = await broken();
  await two.connection.exec("update subscriptions set status = 'unsubscribed' where subscriber = 6");
  const due = (await outlet(two)).shut_until;
  two.answer = () => null;
  await two.run(due - two.clock.now);
  expect(two.calls[5]).toMatchObject({ at: due, to: ["reader7@post.tld"] });
});

test("after a day without the provider the issue is paused with the command that sends it on, which gives it another day", async () => {
  const two = await broken();
  await two.run(23 * hour);
  expect((await two.status()).issue.status).toBe("sending");
  await two.run(90 * minute);
  const { issue, sums } = await two.status();
  expect(issue).toMatchObject({ status: "paused", stopReason: "provider" });
  expect(issue.error).toBe(
    "The provider has not answered as it should since 2026-11-22 08:00 UTC: Resend cannot be reached (ECONNREFUSED). " +
      "Nothing was sent meanwhile. Once it answers, go on with: tidings issue resume tide/one",
  );
  expect(sums).toMatchObject({ planned: 20, open: 20 });
  expect(await nextTurn(two.ctx)).toBeNull();
  await resumeIssue(two.ctx, { newsletter, slug: "one" });
  await two.run(20 * hour);
  expect((await two.status()).issue.status).toBe("sending");
  two.answer = () => null;
  await two.run(hour);
  expect((await two.status()).issue).toMatchObject({ status: "sent", error: null });
  expect(await two.recipients()).toHaveLength(20);
});
