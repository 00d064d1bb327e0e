import { describe, expect, test } from "vitest";
import { faults } from "../fakes/resend/faults.ts";
import { address, calls, once, openPost, received } from "./post.ts";

test("three refused readers of 250 are found by halving, and everybody else gets the issue once", async () => {
  const post = await openPost({ readers: 250 });
  const bad = [17, 101, 250];
  await post.fake.fault(...bad.map((n) => ({ ...faults.oneBad422, times: 1000, match: { to: address(n) } })));
  await post.start();
  await post.finish();
  expect(await received(post)).toEqual(once(1, 250, bad));
  const { issue, sums, reasons } = await post.status();
  expect(issue.status).toBe("sent");
  expect(sums).toEqual({ planned: 250, open: 0, accepted: 247, failed: 3, skipped: 0, inDoubt: 0 });
  expect(reasons).toMatchObject([{ state: "failed", n: 3 }]);
  expect(reasons[0]?.reason).toContain("Invalid `to` field.");
  const keys = (await calls(post)).map((call) => call.key);
  expect(new Set(keys).size).toBe(keys.length);
});

test("a refused notice is found in the same way", async () => {
  const post = await openPost();
  const people = Array.from({ length: 7 }, (_, n) => `new${n}@post.tld`);
  for (const person of people) await post.signUp(person, "tide");
  await post.fake.fault({ ...faults.oneBad422, times: 1000, match: { to: "new4@post.tld" } });
  await post.finish();
  expect(await received(post)).toEqual(
    Object.fromEntries(people.filter((one) => one !== "new4@post.tld").map((one) => [one, 1])),
  );
  const failed = await post.connection
    .prepare(
      "select n.subscriber from notices n join batches b on b.id = n.batch where b.state = 'failed' and b.size = 1",
    )
    .all();
  expect(failed).toHaveLength(1);
});

describe("a call that is too large is halved", () => {
  test("by the answer 413", async () => {
    const post = await openPost({ readers: 100 });
    await post.fake.fault(faults.tooLarge413);
    await post.start();
    await post.finish();
    expect(await received(post)).toEqual(once(1, 100));
    expect((await post.batches()).map((batch) => [batch.size, batch.first, batch.last])).toEqual([
      [50, 1, 50],
      [50, 51, 100],
    ]);
  });

  test("or before it leaves at all", async () => {
    const post = await openPost({ readers: 100 });
    const { provider } = post.ctx;
    Object.assign(post.ctx, { provider: { ...provider, limits: { ...provider.limits, bytes: 200_000 } } });
    await post.start();
    await post.finish();
    expect(await received(post)).toEqual(once(1, 100));
    const made = await calls(post);
    expect(made.length).toBeGreaterThan(3);
    for (const { size } of made) expect(size).toBeLessThanOrEqual(200_000);
  });
});

test("a single mail that is refused fails with the provider's reason", async () => {
  const post = await openPost({ readers: 1 });
  await post.fake.fault(faults.oneBad400);
  await post.start();
  await post.finish();
  expect(await post.batches()).toMatchObject([{ state: "failed", size: 1, members: null }]);
  expect((await post.status()).sums).toMatchObject({ planned: 1, failed: 1, accepted: 0 });
});

test("an issue of which every mail is refused stops before the whole list has failed", async () => {
  const post = await openPost({ readers: 200 });
  await post.fake.fault({ ...faults.invalidFrom422, times: 100_000 });
  await post.start();
  await post.finish();
  const { issue, sums } = await post.status();
  expect(issue).toMatchObject({ status: "paused", stopReason: "brake" });
  expect(issue.error).toContain("Invalid `from` field.");
  expect(sums).toMatchObject({ failed: 10, open: 190, accepted: 0 });
  await post.fake.reset();
  await post.start();
  await post.finish();
  expect((await post.status()).sums).toMatchObject({ failed: 10, accepted: 190, open: 0 });
});
