import { once as eventOf } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { faults } from "../fakes/resend/faults.ts";
import { hour } from "../world.ts";
import { calls, once, openPost, received } from "./post.ts";

describe("a batch that was surely not sent is made anew at the next try, under a new key", () => {
  test.each(["rate429", "bareRate429", "daily429", "monthly429"] as const)("%s", async (fault) => {
    const post = await openPost({ readers: 4 });
    await post.fake.fault(faults[fault]);
    await post.start();
    await post.drain();
    expect(await post.batches()).toMatchObject([{ state: "planned", attempt: 2, members: null, payload_hash: null }]);
    await post.post(`/u/${post.ctx.signer.sign("leave", [1, 2])}`);
    post.advance(hour);
    await post.drain();
    expect(await received(post)).toEqual(once(1, 4, [2]));
    const [first, second] = (await calls(post)).map((call) => call.key);
    expect(second).toBe(first?.replace(/-1$/, "-2"));
    expect((await post.status()).reasons).toEqual([{ state: "skipped", reason: "unsubscribed", n: 1 }]);
  });
});

test("a provider that cannot be reached has taken nothing: the batch is made anew", async () => {
  const nobody = await unusedPort();
  let left = 1;
  const call: typeof fetch = (url, init) => fetch(left-- > 0 ? `http://127.0.0.1:${nobody}/emails/batch` : url, init);
  const post = await openPost({ readers: 2, call });
  await post.start();
  await post.drain();
  expect(await post.batches()).toMatchObject([{ state: "planned", attempt: 2, tries: 1, payload_hash: null }]);
  await post.finish();
  expect(await received(post)).toEqual(once(1, 2));
});

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await eventOf(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

test("a sure answer to a repeat thaws nothing, since the attempt before it may have been accepted", async () => {
  const post = await openPost({ readers: 3 });
  await post.fake.fault(faults.accepted502, faults.rate429);
  await post.start();
  await post.finish();
  const made = await calls(post);
  expect(made).toHaveLength(3);
  expect(new Set(made.map((call) => call.key)).size).toBe(1);
  expect(new Set(made.map((call) => call.body)).size).toBe(1);
  expect(await received(post)).toEqual(once(1, 3));
});

test("a notice that waits is dropped when its reason is gone", async () => {
  const post = await openPost();
  await post.fake.fault(faults.rate429);
  await post.signUp("anna@post.tld", "tide");
  await post.drain();
  await post.connection.exec("update subscriptions set status = 'unsubscribed'");
  await post.finish();
  expect(await received(post)).toEqual({});
  expect(await post.connection.prepare("select state, reason from notices").all()).toEqual([
    { state: "skipped", reason: "settled" },
  ]);
});
