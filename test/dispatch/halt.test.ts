import { describe, expect, test } from "vitest";
import { faults } from "../fakes/resend/faults.ts";
import { minute } from "../world.ts";
import { calls, newsletter, once, openPost, received } from "./post.ts";

describe("a fault in our own configuration pauses the issue; sending it again goes on where it stopped", () => {
  test.each(["missingKey401", "restrictedKey401", "invalidKey403", "unverified403"] as const)("%s", async (fault) => {
    const post = await openPost({ readers: 250 });
    await post.start();
    await post.fake.fault({ ...faults[fault], match: { to: "reader101@post.tld" } });
    await post.drain();
    const paused = await post.status();
    expect(paused.issue).toMatchObject({ status: "paused", stopReason: "provider" });
    expect(paused.issue.error).toMatch(/Resend answered 40[13]/);
    expect(paused.sums).toMatchObject({ accepted: 100, open: 150, failed: 0 });
    post.advance(10 * minute);
    expect(await post.drain()).toBe(0);
    await post.start();
    await post.drain();
    expect(await received(post)).toEqual(once(1, 250));
    expect((await post.status()).issue).toMatchObject({ status: "sent", stopReason: null, error: null });
  });
});

test("whoever leaves while the issue is paused is not mailed", async () => {
  const post = await openPost({ readers: 3 });
  await post.fake.fault(faults.restrictedKey401);
  await post.start();
  await post.drain();
  await post.post(`/u/${post.ctx.signer.sign("leave", [1, 2])}`);
  await post.start();
  await post.drain();
  expect(await received(post)).toEqual(once(1, 3, [2]));
});

test("an attempt that may have been accepted before the fault is repeated unchanged afterwards", async () => {
  const post = await openPost({ readers: 3 });
  await post.fake.fault(faults.accepted502, faults.restrictedKey401);
  await post.start();
  while ((await post.status()).issue.status === "sending") {
    await post.drain();
    post.advance(minute);
  }
  await post.start();
  await post.finish();
  expect(new Set((await calls(post)).map((call) => call.key)).size).toBe(1);
  expect(await received(post)).toEqual(once(1, 3));
});

test("a notice waits out such a fault by itself", async () => {
  const post = await openPost();
  await post.fake.fault(faults.restrictedKey401);
  await post.signUp("anna@post.tld", newsletter);
  await post.drain();
  expect(post.logged.join()).toContain("provider refuses");
  post.advance(5 * minute);
  await post.drain();
  expect(await received(post)).toEqual({ "anna@post.tld": 1 });
});
