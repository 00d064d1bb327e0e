import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { BatchRow } from "../../src/store/rows.ts";
import { openPost, type Post } from "./post.ts";

/** A batch as another process sees it at the moment when the first byte of its call leaves. */
interface Seen {
  readonly key: string;
  readonly hash: string;
  readonly batch: BatchRow | undefined;
}

async function openWatched(): Promise<{ post: Post; seen: Seen[] }> {
  const seen: Seen[] = [];
  let post: Post | null = null;
  const call: typeof fetch = (url, init) => {
    const key = new Headers(init?.headers).get("idempotency-key") ?? "";
    const hash = createHash("sha256")
      .update(init?.body as Uint8Array)
      .digest("hex");
    const id = Number(/(\d+)-\d+$/.exec(key)?.[1]);
    seen.push({ key, hash, batch: post?.batches().find((batch) => batch.id === id) });
    return fetch(url, init);
  };
  post = await openPost({ call });
  return { post, seen };
}

test("members, attempt and hash of an issue's batch are committed before its first byte leaves", async () => {
  const { post, seen } = await openWatched();
  post.readers(120);
  await post.start();
  await post.drain();
  expect(seen).toHaveLength(2);
  for (const { key, hash, batch } of seen) {
    expect(batch).toMatchObject({ state: "claimed", payload_hash: hash, key_id: 1, frozen_at: post.clock.now });
    expect(batch?.first_sent_at).toBe(post.clock.now);
    expect(JSON.parse(batch?.members ?? "[]")).toHaveLength(batch?.size ?? 0);
    expect(key.endsWith(`-${batch?.attempt}`)).toBe(true);
  }
});

test("so are the letters and templates of a batch of notices", async () => {
  const { post, seen } = await openWatched();
  await post.signUp("anna@post.tld", "tide");
  await post.drain();
  const [call] = seen;
  expect(call?.batch).toMatchObject({ state: "claimed", payload_hash: call?.hash, size: 1 });
  expect(JSON.parse(call?.batch?.members ?? "[]")).toMatchObject([{ kind: "confirmation", to: "anna@post.tld" }]);
  const kept = post.connection.prepare("select kind from contents where hash = ?").get(call?.batch?.content);
  expect(kept).toEqual({ kind: "notices" });
});
