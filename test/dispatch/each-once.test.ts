import { expect, test } from "vitest";
import { calls, once, openPost, received } from "./post.ts";

test("an issue to 250 readers leaves in three calls, and each reader gets it once", async () => {
  const post = await openPost({ readers: 250 });
  await post.start();
  await post.drain();
  expect(await received(post)).toEqual(once(1, 250));
  expect((await post.batches()).map(({ size, state, first, last }) => [size, state, first, last])).toEqual([
    [100, "accepted", 1, 100],
    [100, "accepted", 101, 200],
    [50, "accepted", 201, 250],
  ]);
  const { issue, sums } = await post.status();
  expect(issue.status).toBe("sent");
  expect(sums).toEqual({ planned: 250, open: 0, accepted: 250, failed: 0, skipped: 0, inDoubt: 0 });
});

test("the key of a call names instance, issue, batch and attempt", async () => {
  const post = await openPost({ readers: 150 });
  const issue = await post.start();
  await post.drain();
  const { uid } = await post.ctx.store.db.selectFrom("instance").select("uid").executeTakeFirstOrThrow();
  const keys = (await calls(post)).map((call) => call.key);
  expect(keys).toEqual((await post.batches()).map((batch) => `${uid}/${issue}/${batch.id}-1`));
});

test("the receipt of a batch names the provider's id of every reader's mail, and keeps no address", async () => {
  const post = await openPost({ readers: 30 });
  await post.start();
  await post.drain();
  const [batch] = await post.batches();
  const mails = (await post.fake.ledger()).mails;
  const receipt = JSON.parse(batch?.receipt ?? "[]") as [number, string][];
  expect(new Map(receipt.map(([reader, id]) => [`reader${reader}@post.tld`, id]))).toEqual(
    new Map(mails.map((mail) => [mail.recipient, mail.id])),
  );
  expect(batch?.members).toBeNull();
});
