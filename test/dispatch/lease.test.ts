import { expect, test } from "vitest";
import { claimIssueBatch, claimNotices, leaseMs } from "../../src/delivery/claim.ts";
import { payIssueBatch } from "../../src/dispatch/issues.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { turn } from "../../src/jobs.ts";
import type { Provider } from "../../src/provider/contract.ts";
import { faults } from "../fakes/resend/faults.ts";
import { calls, once, openPost, type Post, received } from "./post.ts";

/** Stops whoever passes a point of dispatch for the first time, for ever, as a process that is suspended stops. */
function stopper(point: string) {
  let wake: () => void = () => {};
  let stopped = false;
  const asleep = new Promise<void>((resolve) => {
    wake = resolve;
  });
  return {
    /** Call it in the place of fetch: what comes first waits before the call, or after it. */
    call: (async (url, init) => {
      const first = !stopped;
      stopped = true;
      if (first && point === "before") await asleep;
      const answer = await fetch(url, init);
      if (first && point === "after") await asleep;
      return answer;
    }) as typeof fetch,
    wake: () => wake(),
  };
}

test("a batch whose holder has vanished is nobody else's before the lease ends, and then anybody's", async () => {
  const post = await openPost({ readers: 2 });
  await post.start();
  while (await planSlice(post.ctx));
  const lost = await claimIssueBatch(post.ctx);
  post.advance(leaseMs - 1);
  expect(await claimIssueBatch(post.ctx)).toBeNull();
  post.advance(1);
  const taken = await claimIssueBatch(post.ctx);
  expect(taken).toMatchObject({ id: lost?.id, fence: (lost?.fence ?? 0) + 1, attempt: 1, payloadHash: null });
});

test("what is taken over before its hash was written is made anew: whoever left meanwhile is skipped", async () => {
  const post = await openPost({ readers: 3 });
  await post.start();
  while (await planSlice(post.ctx));
  await claimIssueBatch(post.ctx);
  await post.post(`/u/${post.ctx.signer.sign("leave", [1, 3])}`);
  post.advance(leaseMs);
  await post.drain();
  expect(await received(post)).toEqual(once(1, 2));
});

test.each(["before", "after"])(
  "a holder that sleeps %s its call and wakes after a takeover changes nothing",
  async (point) => {
    const sleeper = stopper(point);
    const post = await openPost({ readers: 3, call: sleeper.call });
    await post.start();
    while (await planSlice(post.ctx));
    const late = payIssueBatch(post.ctx);
    await until(async () => (await post.batches())[0]?.payload_hash !== null);
    if (point === "after") await until(async () => (await calls(post)).length === 1);
    post.advance(leaseMs);
    await post.drain();
    const settled = await post.batches();
    expect(settled).toMatchObject([{ state: "accepted", fence: 2 }]);
    sleeper.wake();
    await late;
    expect(await post.batches()).toEqual(settled);
    const made = await calls(post);
    expect(made).toHaveLength(2);
    expect(made[1]).toEqual(made[0]);
    expect(await received(post)).toEqual(once(1, 3));
    expect(post.logged.join()).toContain("lease lost before settling");
  },
);

test.each([
  ["before it froze anything", null],
  ["before it repeated a call", faults.accepted502],
])("a holder whose lease was lost %s sends nothing", async (_, fault) => {
  const post = await openPost({ readers: 2 });
  await post.start();
  if (fault !== null) {
    await post.fake.fault(fault);
    await post.drain();
  }
  while (await planSlice(post.ctx));
  post.advance(1_000);
  const before = await calls(post);
  const { provider } = post.ctx;
  Object.assign(post.ctx, {
    provider: whileComposing(post, "update batches set fence = fence + 1, holder = 'another'"),
  });
  await payIssueBatch(post.ctx);
  expect(await calls(post)).toEqual(before);
  expect(await post.batches()).toMatchObject([{ state: "claimed", holder: "another" }]);
  Object.assign(post.ctx, { provider });
  post.advance(leaseMs);
  await post.drain();
  expect(await received(post)).toEqual(once(1, 2));
});

/** The provider of an office, and what another process does while mails are being made for it. */
function whileComposing({ ctx: { provider }, connection }: Post, statement: string): Provider {
  return {
    ...provider,
    issue: (mail) => {
      const fill = provider.issue(mail);
      return (recipients) => {
        void connection.exec(statement);
        return fill(recipients);
      };
    },
  };
}

test("a lost batch of notices is taken over whole, and new notices get a batch of their own", async () => {
  const post = await openPost();
  await post.signUp("anna@post.tld", "tide");
  await claimNotices(post.ctx, 100);
  await post.signUp("bert@post.tld", "tide");
  await turn(post.ctx);
  expect(await received(post)).toEqual({ "bert@post.tld": 1 });
  post.advance(leaseMs);
  await post.drain();
  expect(await received(post)).toEqual({ "anna@post.tld": 1, "bert@post.tld": 1 });
  expect((await post.batches()).map((batch) => [batch.size, batch.state])).toEqual([
    [1, "accepted"],
    [1, "accepted"],
  ]);
});

test("a batch of notices taken over after its hash was written repeats the same letters", async () => {
  const post = await openPost();
  await post.fake.fault(faults.accepted502);
  await post.signUp("anna@post.tld", "tide");
  await post.drain();
  await post.ctx.store.db.updateTable("newsletters").set({ name: "The renamed letter" }).execute();
  await post.finish();
  const [first, second] = await calls(post);
  expect(second).toEqual(first);
  expect(await received(post)).toEqual({ "anna@post.tld": 1 });
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}
