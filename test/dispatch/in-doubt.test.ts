import { expect, test } from "vitest";
import { faults } from "../fakes/resend/faults.ts";
import { hour } from "../world.ts";
import { calls, changeBatch, once, openPost, received } from "./post.ts";

test("an answer that does not come for 23 hours leaves the batch in doubt: Resend would send it again", async () => {
  const post = await openPost({ readers: 150 });
  await post.fake.fault({ ...faults.html502, times: 1000, match: { to: "reader1@post.tld" } });
  await post.start();
  await post.drain();
  const first = (await post.batches())[0]?.first_sent_at ?? 0;
  while (post.clock.now <= first + 23 * hour) {
    post.advance(hour);
    await post.drain();
  }
  const before = (await calls(post)).length;
  await post.fake.reset();
  await post.finish();
  expect(before).toBeGreaterThan(20);
  expect(await calls(post)).toEqual([]);
  const { issue, sums, reasons } = await post.status();
  expect(issue.status).toBe("incomplete");
  expect(sums).toEqual({ planned: 150, open: 0, accepted: 50, failed: 0, skipped: 0, inDoubt: 100 });
  expect(reasons).toEqual([
    { state: "in_doubt", reason: "no answer came while the provider would have recognised a repeat", n: 100 },
  ]);
});

test("within 23 hours an answer still settles it", async () => {
  const post = await openPost({ readers: 2 });
  await post.fake.fault(faults.acceptedReset);
  await post.start();
  await post.drain();
  post.advance(22.9 * hour);
  await post.fake.clock(22.9 * hour);
  await post.finish();
  expect(await received(post)).toEqual(once(1, 2));
  expect((await post.status()).issue.status).toBe("sent");
});

test("bytes that would differ from those of the first attempt are never sent", async () => {
  const post = await openPost({ readers: 3 });
  await post.fake.fault(faults.html502);
  await post.start();
  await post.drain();
  await post.connection.exec("update batches set members = replace(members, 'reader2@', 'stranger@')");
  await post.finish();
  expect(await calls(post)).toHaveLength(1);
  const { issue, sums, reasons } = await post.status();
  expect(issue.status).toBe("incomplete");
  expect(sums.inDoubt).toBe(3);
  expect(reasons[0]?.reason).toContain("would differ");
  expect(post.logged.join()).toContain("batch in doubt");
});

test.each([
  ["strict", "permissive"],
  ["permissive", "strict"],
  ["strict", "single"],
] as const)(
  "a batch whose call as %s got no answer is not repeated as %s: it is in doubt, and that is said",
  async (before, after) => {
    const post = await openPost({ readers: 3, batch: before });
    await post.fake.fault(faults.accepted502);
    await post.start();
    await post.drain();
    changeBatch(post, after);
    await post.finish();
    expect(await calls(post)).toHaveLength(1);
    const { issue, sums, reasons } = await post.status();
    expect(issue.status).toBe("incomplete");
    expect(sums).toMatchObject({ planned: 3, inDoubt: 3, open: 0 });
    expect(reasons[0]?.reason).toContain("would differ from those of the first attempt, so they were not sent again");
    expect(post.logged.join()).toContain("batch in doubt");
  },
);

test("notices whose call got no answer are not repeated in another manner either", async () => {
  const post = await openPost();
  await post.fake.fault(faults.accepted502);
  await post.signUp("anna@post.tld", "tide");
  await post.drain();
  changeBatch(post, "permissive");
  await post.finish();
  expect(await calls(post)).toHaveLength(1);
  expect((await post.batches()).map((batch) => batch.state)).toEqual(["in_doubt"]);
});

test("a key that Resend knows with other bytes is never tried again", async () => {
  const post = await openPost({ readers: 2 });
  await post.fake.fault(faults.mismatch409);
  await post.start();
  await post.finish();
  expect(await calls(post)).toHaveLength(1);
  expect((await post.status()).sums.inDoubt).toBe(2);
});

test("a batch in doubt keeps no address, and stays out of every further turn", async () => {
  const post = await openPost({ readers: 2 });
  await post.fake.fault(faults.mismatch409);
  await post.start();
  await post.finish();
  expect(await post.batches()).toMatchObject([{ state: "in_doubt", members: null, size: 2 }]);
  post.advance(100 * hour);
  expect(await post.drain()).toBe(0);
  expect(await received(post)).toEqual({});
});

test("a notice in doubt holds up no other", async () => {
  const post = await openPost();
  await post.fake.fault(faults.mismatch409);
  await post.signUp("anna@post.tld", "tide");
  await post.finish();
  await post.signUp("bert@post.tld", "tide");
  await post.finish();
  expect(await received(post)).toEqual({ "bert@post.tld": 1 });
  expect((await post.batches()).map((batch) => batch.state)).toEqual(["in_doubt", "accepted"]);
});
