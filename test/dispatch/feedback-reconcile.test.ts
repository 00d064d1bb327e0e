import { describe, expect, test } from "vitest";
import { resolveDoubt } from "../../src/issue/resolve.ts";
import { checkLedger } from "../delivery/invariants.ts";
import type { WebhookKind } from "../fakes/resend/webhooks.ts";
import { sign, webhookBody } from "../fakes/resend/webhooks.ts";
import { hour, minute } from "../world.ts";
import { address, changeBatch, openPost, type Post } from "./post.ts";
import {
  applyAll,
  countsOf,
  deliver,
  report,
  suppressionsOf,
  tagsOf,
  webhookSecret,
  webhookSettings,
} from "./reported.ts";

type Batch = NonNullable<Parameters<typeof openPost>[0]>["batch"];

async function post(readers: number, batch: Batch = "strict"): Promise<Post> {
  return openPost({ readers, batch, environment: webhookSettings });
}

/** An issue whose calls were all accepted and never answered; nothing was repeated yet. */
async function silent(readers: number, batch: Batch = "strict"): Promise<Post> {
  const own = await post(readers, batch);
  await own.fake.fault(
    ...Array.from({ length: Math.ceil(readers / 100) }, () => ({ kind: "reset" as const, accept: true })),
  );
  await own.start();
  while (await own.turn());
  return own;
}

/** The same, and so late that no repeat would be recognised. */
async function doubtful(readers: number, batch: Batch = "strict"): Promise<Post> {
  const own = await silent(readers, batch);
  own.advance(24 * hour);
  await own.finish();
  expect((await own.status()).issue.status).toBe("incomplete");
  return own;
}

const early = (own: Post) => own.clock.now - 24 * hour;

describe("in strict mode", () => {
  test.each<WebhookKind>([
    "sent",
    "delivered",
    "delivery_delayed",
    "bounced",
    "complained",
    "opened",
    "clicked",
    "suppressed",
  ])("one mail that is reported %s proves its whole call, and the issue is sent", async (kind) => {
    const own = await doubtful(150);
    await report(own, { kind, reader: 7, at: early(own) });
    expect((await own.status()).sums).toMatchObject({ accepted: 100, inDoubt: 50 });
    expect((await own.status()).issue.status).toBe("incomplete");
    await report(own, { kind, reader: 150, at: early(own) });
    await own.finish();
    const { issue, sums } = await own.status();
    expect([issue.status, sums.accepted, sums.inDoubt]).toEqual(["sent", 150, 0]);
    await checkLedger(own.connection, new Map([[1, 150]]));
  });

  test("a call that waits to be repeated is settled by a report, and is not repeated", async () => {
    const own = await silent(30);
    const before = (await own.fake.requests()).length;
    expect(await own.batches()).toMatchObject([{ state: "claimed", holder: null }]);
    const fence = (await own.batches())[0]?.fence ?? 0;
    await report(own, { kind: "delivered", reader: 3 });
    expect(await own.batches()).toMatchObject([{ state: "accepted", members: null, fence: fence + 1 }]);
    await own.finish();
    expect((await own.fake.requests()).length).toBe(before);
    expect((await own.status()).issue.status).toBe("sent");
  });

  test("a report of an earlier try proves nothing about what was sent again by a person's word", async () => {
    const own = await doubtful(20);
    const tried = early(own);
    await own.fake.clock(24 * hour);
    await own.fake.fault({ kind: "reset", accept: true });
    await resolveDoubt(own.ctx, { newsletter: "tide", slug: "one", as: "resend", expect: 20 });
    while (await own.turn());
    expect(await own.batches()).toMatchObject([{ state: "claimed", attempt: 2 }]);
    await report(own, { kind: "delivered", reader: 3, at: tried });
    expect(await own.batches()).toMatchObject([{ state: "claimed", attempt: 2 }]);
    await report(own, { kind: "delivered", reader: 3 });
    expect(await own.batches()).toMatchObject([{ state: "accepted", attempt: 2 }]);
  });

  test("a mail that failed within a call in doubt proves the call, and fails alone", async () => {
    const own = await doubtful(20);
    await report(own, { kind: "failed", reader: 5, at: early(own) });
    await own.finish();
    const { issue, sums } = await own.status();
    expect([issue.status, sums.accepted, sums.failed, sums.inDoubt]).toEqual(["sent", 19, 1, 0]);
    await checkLedger(own.connection, new Map([[1, 20]]));
  });

  test("reports that come one after the other change nothing more", async () => {
    const own = await doubtful(20);
    for (const reader of [1, 2, 3, 1]) await report(own, { kind: "delivered", reader, at: early(own) });
    await own.finish();
    expect((await own.status()).sums).toMatchObject({ accepted: 20, inDoubt: 0 });
    expect(await countsOf(own)).toEqual({ delivered: 4 });
  });

  /** An issue whose call is under way and answered after this many ms; what `during` does comes before. */
  async function underWay(readers: number, ms: number, during: (own: Post) => Promise<void>): Promise<Post> {
    const own = await post(readers);
    await own.fake.latency(ms);
    await own.start();
    const paying = own.turn();
    while (!(await own.batches())[0]?.payload_hash) await new Promise((resolve) => setImmediate(resolve));
    await during(own);
    await paying;
    return own;
  }

  test("a report that comes before the answer of its own call waits until that is settled, a failure too", async () => {
    const own = await underWay(10, 300, async (early) => {
      await report(early, { kind: "failed", reader: 4 }, { kind: "delivered", reader: 5 });
      expect(await early.batches()).toMatchObject([{ state: "claimed", size: 10 }]);
      expect(await countsOf(early)).toEqual({});
    });
    expect(await own.batches()).toMatchObject([{ state: "accepted", size: 10 }]);
    own.advance(2 * minute);
    await own.finish();
    expect(await countsOf(own)).toEqual({ delivered: 1, failed: 1 });
    expect((await own.status()).sums).toMatchObject({ accepted: 9, failed: 1 });
    await checkLedger(own.connection, new Map([[1, 10]]));
  });

  test("a complaint that comes before the answer is heeded at once", async () => {
    const own = await underWay(10, 300, async (early) => {
      await report(early, { kind: "complained", reader: 4 });
      expect(await suppressionsOf(early)).toEqual({ [address(4)]: "complaint" });
    });
    expect(await own.batches()).toMatchObject([{ state: "accepted", size: 10 }]);
  });

  test("a report that came while its call was under way stands in for the answer that never came", async () => {
    const own = await silent(10);
    // As when the report had come before the call was given up.
    await own.connection.prepare("update batches set holder = 'gone', due_at = ?").run(own.clock.now + minute);
    await report(own, { kind: "delivered", reader: 4 });
    expect(await own.batches()).toMatchObject([{ state: "claimed" }]);
    own.advance(minute + 1_000);
    await applyAll(own);
    expect(await own.batches()).toMatchObject([{ state: "accepted", holder: null }]);
  });
});

describe("in permissive mode", () => {
  test("a report proves its own mail alone", async () => {
    const own = await doubtful(20, "permissive");
    await report(own, { kind: "delivered", reader: 5, at: early(own) });
    expect((await own.status()).sums).toMatchObject({ accepted: 1, inDoubt: 19 });
    await checkLedger(own.connection, new Map([[1, 20]]));
    for (let reader = 1; reader <= 20; reader += 1) await report(own, { kind: "sent", reader, at: early(own) });
    await own.finish();
    const { issue, sums } = await own.status();
    expect([issue.status, sums.accepted, sums.inDoubt]).toEqual(["sent", 20, 0]);
    await checkLedger(own.connection, new Map([[1, 20]]));
  });

  test("a batch of one is proven by its one mail, also while it waits to be repeated", async () => {
    const own = await silent(1, "permissive");
    await report(own, { kind: "delivered", reader: 1 });
    expect(await own.batches()).toMatchObject([{ state: "accepted", size: 1 }]);
  });
});

test("what a report proves follows from how its call was made, whatever the setting has become", async () => {
  const strict = await doubtful(20, "strict");
  changeBatch(strict, "permissive");
  await report(strict, { kind: "delivered", reader: 5, at: early(strict) });
  expect((await strict.status()).sums).toMatchObject({ accepted: 20, inDoubt: 0 });
  const permissive = await doubtful(20, "permissive");
  changeBatch(permissive, "strict");
  await report(permissive, { kind: "delivered", reader: 5, at: early(permissive) });
  expect((await permissive.status()).sums).toMatchObject({ accepted: 1, inDoubt: 19 });
});

describe("a notice", () => {
  async function notice(own: Post, kind: WebhookKind): Promise<void> {
    const { now } = own.clock;
    const tags = await tagsOf(own, { notice: 1, kind: "confirmation" });
    const body = webhookBody(kind, { recipient: "ada@post.tld", at: now, tags });
    expect(await deliver(own, sign({ secret: webhookSecret, id: `msg_${kind}`, body, now }))).toBe(200);
    await applyAll(own);
  }

  test("whose call had no answer is settled by a report and not repeated", async () => {
    const own = await post(0);
    await own.fake.fault({ kind: "reset", accept: true });
    await own.signUp("ada@post.tld", "tide");
    await own.turn();
    expect(await own.batches()).toMatchObject([{ lane: 0, state: "claimed", holder: null }]);
    await notice(own, "sent");
    expect(await own.batches()).toMatchObject([{ lane: 0, state: "accepted" }]);
  });

  test("that failed after it was accepted says so", async () => {
    const own = await post(0);
    await own.signUp("ada@post.tld", "tide");
    await own.drain();
    await notice(own, "failed");
    expect(await own.connection.prepare("select state, reason from notices").get()).toEqual({
      state: "failed",
      reason: "reached_daily_quota",
    });
    expect(await own.batches()).toMatchObject([{ lane: 0, state: "accepted", size: 0 }]);
  });
});
