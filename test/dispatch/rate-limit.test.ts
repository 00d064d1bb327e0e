import { expect, test } from "vitest";
import { payIssueBatch } from "../../src/dispatch/issues.ts";
import { faults } from "../fakes/resend/faults.ts";
import { calls, once, openPost, received } from "./post.ts";

test("after 429 a batch waits at least as long as the provider asks", async () => {
  const post = await openPost({ readers: 2 });
  await post.fake.fault({ ...faults.bareRate429, headers: { "retry-after": "37" } });
  await post.start();
  await post.drain();
  const [batch] = await post.batches();
  expect(batch?.due_at).toBeGreaterThanOrEqual(post.clock.now + 37_000);
  expect(batch?.due_at).toBeLessThanOrEqual(post.clock.now + 38_000);
  post.advance(36_999);
  expect(await post.drain()).toBe(0);
  await post.finish();
  expect(await received(post)).toEqual(once(1, 2));
});

test("without a wait named, tries are spread over a span that doubles up to five minutes", async () => {
  const post = await openPost({ readers: 1 });
  await post.fake.fault({ ...faults.bareRate429, times: 14 });
  await post.start();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 14; attempt += 1) {
    await post.drain();
    const due = (await post.batches())[0]?.due_at ?? 0;
    waits.push(due - post.clock.now);
    post.clock.now = due;
  }
  for (const [tries, wait] of waits.entries()) {
    expect(wait).toBeGreaterThanOrEqual(100);
    expect(wait).toBeLessThanOrEqual(Math.min(300_000, 1_000 * 2 ** tries));
  }
  expect(Math.max(...waits)).toBeGreaterThan(60_000);
  expect(new Set(waits).size).toBeGreaterThan(8);
  await post.finish();
  expect((await calls(post)).length).toBe(15);
});

test("an issue whose batch has failed three times says why it waits, until mails leave again", async () => {
  const post = await openPost({ readers: 100 });
  await post.fake.fault({ ...faults.bareRate429, times: 3 });
  await post.start();
  const notes: (string | null)[] = [];
  for (let round = 0; round < 3; round += 1) {
    await post.drain();
    notes.push((await post.status()).issue.error);
    post.advance(300_000);
  }
  expect(notes).toEqual([null, null, expect.stringContaining("rate_limit_exceeded")]);
  await payIssueBatch(post.ctx);
  expect((await post.status()).issue).toMatchObject({ status: "sending", error: null });
});
