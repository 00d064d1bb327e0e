import { expect, test } from "vitest";
import { faults } from "../fakes/resend/faults.ts";
import { hour, minute } from "../world.ts";
import { calls, newsletter, once, openPost, received } from "./post.ts";

test("a quota that is used up holds every issue after a single call, and the issue says why", async () => {
  const post = await openPost({ readers: 450 });
  await post.start("one");
  post.advance(1);
  await post.start("two");
  await post.drain();
  const before = (await calls(post)).length;
  expect(before).toBe(10);
  await post.fake.reset();
  await post.fake.fault({ ...faults.daily429, times: 1000 });
  await post.start("three");
  await post.drain();
  expect(await calls(post)).toHaveLength(1);
  expect((await post.status("three")).issue).toMatchObject({ status: "sending" });
  expect((await post.status("three")).issue.error).toContain("daily_quota_exceeded");
  post.advance(59 * minute);
  expect(await post.drain()).toBe(0);
  post.advance(minute);
  await post.drain();
  expect(await calls(post)).toHaveLength(2);
});

test("no try is used up by it, and everything leaves once there is quota again", async () => {
  const post = await openPost({ readers: 250 });
  await post.fake.fault({ ...faults.monthly429, times: 5 });
  await post.start();
  for (let hours = 0; hours < 5; hours += 1) {
    await post.drain();
    post.advance(hour);
  }
  expect((await post.batches()).map((batch) => batch.tries)).toEqual([0, 0, 0]);
  await post.drain();
  expect(await received(post)).toEqual(once(1, 250));
  expect((await post.status()).issue).toMatchObject({ status: "sent", error: null });
});

test("the reset of the limit of calls per second is not taken for that of the quota", async () => {
  const post = await openPost({ readers: 150 });
  await post.fake.fault({ ...faults.daily429, headers: { "ratelimit-reset": "1" } });
  await post.start();
  await post.drain();
  post.advance(9 * minute);
  expect(await post.drain()).toBe(0);
  post.advance(minute);
  await post.drain();
  expect(await received(post)).toEqual(once(1, 150));
});

test("sending the issue on asks the provider at once", async () => {
  const post = await openPost({ readers: 150 });
  await post.fake.fault(faults.daily429);
  await post.start();
  await post.drain();
  await post.start();
  await post.drain();
  expect(await received(post)).toEqual(once(1, 150));
});

test("a quota met by a notice holds issues too", async () => {
  const post = await openPost({ readers: 1 });
  await post.fake.fault(faults.daily429);
  await post.signUp("anna@post.tld", newsletter);
  await post.start();
  while ((await post.status()).issue.plannedAt === null) await post.drain();
  await post.drain();
  const [first] = await calls(post);
  expect(first?.key).toMatch(/\/n\//);
  await post.finish();
  expect(await received(post)).toEqual({ ...once(1, 1), "anna@post.tld": 1 });
});
