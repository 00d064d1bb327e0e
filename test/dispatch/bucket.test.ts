import { expect, test } from "vitest";
import { claimIssueBatch, claimNotices } from "../../src/delivery/claim.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { nextTurn, turn } from "../../src/jobs.ts";
import { mostWithin, openTwo, type Two } from "./pacing.ts";
import { newsletter } from "./post.ts";

const fivePerSecond = { calls: 5, span: 1_000 };

/** An issue whose first call has told the pace. */
async function paced(readers: number, pace = fivePerSecond): Promise<Two> {
  const two = await openTwo({ readers });
  two.pace = pace;
  await two.start();
  while (two.calls.length === 0) await turn(two.ctx);
  return two;
}

const outlets = async (two: Two) => await two.connection.prepare("select * from outlets").all();

test("two processes share five calls a second: never one more, and not one fewer", async () => {
  const two = await paced(41);
  const began = two.clock.now;
  await two.run(60_000);
  expect(two.calls).toHaveLength(41);
  expect(mostWithin(two.calls, 1_000)).toBe(5);
  expect((two.calls.at(-1)?.at ?? 0) - began).toBe(40 * 200);
  expect(new Set(two.calls.map(({ by }) => by)).size).toBe(2);
  expect((await two.status()).issue.status).toBe("sent");
});

test("where many calls are allowed, a tenth may leave at once, and still no span sees more than allowed", async () => {
  const two = await paced(200, { calls: 50, span: 1_000 });
  const began = two.clock.now;
  await two.run(1);
  expect(two.calls.length).toBe(5);
  await two.run(60_000);
  expect(two.calls).toHaveLength(200);
  expect(mostWithin(two.calls, 1_000)).toBeLessThanOrEqual(50);
  expect((two.calls.at(-1)?.at ?? 0) - began).toBeLessThan(200 * (1_000 / 45));
});

test("the bucket is as full after a restart as it was before", async () => {
  const two = await paced(3);
  const again = await two.restart();
  expect(await claimIssueBatch(again)).toBeNull();
  two.advance(199);
  expect(await claimIssueBatch(again)).toBeNull();
  two.advance(1);
  expect(await claimIssueBatch(again)).not.toBeNull();
});

test("the next turn is worth taking when the next call may leave, not before", async () => {
  const two = await paced(3);
  await two.drain();
  expect(await nextTurn(two.ctx)).toBe(two.clock.now + 200);
  const before = await two.connection.version();
  expect(await turn(two.ctx)).toBe(false);
  expect(await two.connection.version()).toBe(before);
  expect((await two.status()).sums).toMatchObject({ accepted: 1, open: 2 });
});

test("planning and finishing need no call", async () => {
  const two = await paced(1);
  expect(await nextTurn(two.ctx)).toBeLessThanOrEqual(two.clock.now);
  await two.drain();
  expect((await two.status()).issue.status).toBe("sent");
});

test("a pace that changes is taken over, and one that stays is not written again", async () => {
  const two = await paced(20);
  const write = two.connection.prepare("select count(*) n from outlets where calls = 5");
  expect(await write.get()).toEqual({ n: 1 });
  two.pace = { calls: 10, span: 1_000 };
  await two.run(200);
  two.calls.length = 0;
  await two.run(60_000);
  expect(mostWithin(two.calls, 1_000)).toBe(10);
});

test("a claim that makes no call gives it back", async () => {
  const two = await paced(3);
  await two.connection.exec("update subscriptions set status = 'unsubscribed' where subscriber = 2");
  two.advance(200);
  await two.drain();
  expect(two.calls.map(({ to }) => to[0])).toEqual(["reader1@post.tld", "reader3@post.tld"]);
});

test("a way out that says nothing of a pace has no row and is held to none", async () => {
  const two = await openTwo({ readers: 60 });
  await two.start();
  await two.run(1);
  expect(two.calls).toHaveLength(60);
  expect(await outlets(two)).toEqual([]);
});

test("after a call too many none of any process leaves before the time that the provider names", async () => {
  const two = await openTwo({ readers: 20 });
  await two.start();
  two.answer = () => ({ result: "retry", reason: "too many", limited: true, after: 2_500, pace: fivePerSecond });
  while (two.calls.length === 0) await turn(two.ctx);
  two.answer = () => null;
  const refused = two.clock.now;
  await two.signUp("new@post.tld", newsletter);
  await two.run(60_000);
  const [, next, ...rest] = two.calls;
  expect(next).toMatchObject({ at: refused + 2_500, lane: "notices" });
  expect(rest).toHaveLength(20);
  expect(mostWithin(two.calls, 1_000)).toBe(5);
  expect((await two.batches()).map(({ tries }) => tries)).toEqual((await two.batches()).map(() => 0));
});

test("one that names no time keeps all back for one span", async () => {
  const two = await openTwo({ readers: 5 });
  await two.start();
  two.answer = () => ({ result: "retry", reason: "too many", limited: true });
  while (two.calls.length === 0) await turn(two.ctx);
  two.answer = () => null;
  const refused = two.clock.now;
  await two.run(60_000);
  expect(two.calls[1]?.at).toBe(refused + 1_000);
});

test("a due notice takes the next call, whichever process comes first", async () => {
  const two = await paced(40);
  await two.run(450);
  for (let n = 0; n < 3; n += 1) await two.signUp(`new${n}@post.tld`, newsletter);
  const from = two.calls.length;
  await two.run(3_000);
  expect(two.calls.slice(from, from + 4).map(({ lane }) => lane)).toEqual(["notices", "notices", "notices", "issue"]);
});

test("a worker that has missed its notices by a moment leaves the last call to them", async () => {
  const two = await paced(3);
  while (await planSlice(two.ctx));
  await two.signUp("new@post.tld", newsletter);
  two.advance(200);
  expect(await claimIssueBatch(two.each[1])).toBeNull();
  expect(await claimNotices(two.each[0], 100)).not.toBeNull();
  two.advance(200);
  expect(await claimIssueBatch(two.each[1])).not.toBeNull();
});

test("notices that may not leave hold up no issue", async () => {
  const two = await paced(3);
  await two.signUp("new@post.tld", newsletter);
  await two.connection.exec("update instance set operator = ''");
  two.advance(200);
  expect(await claimIssueBatch(two.ctx)).not.toBeNull();
});

test("a clock that was put back a little does not fill the bucket", async () => {
  const two = await paced(3);
  two.clock.now -= 5_000;
  expect(await claimIssueBatch(two.ctx)).toBeNull();
  two.clock.now += 5_200;
  expect(await claimIssueBatch(two.ctx)).not.toBeNull();
});
