import { expect, test } from "vitest";
import type { BatchRow } from "../../src/store/rows.ts";
import { openPost, type Post } from "./post.ts";

/** A batch as another process sees it at the moment when the first byte of its call leaves. */
interface Seen {
  readonly key: string;
  readonly batch: BatchRow | undefined;
}

async function openWatched(): Promise<{ post: Post; seen: Seen[] }> {
  const seen: Seen[] = [];
  let post: Post | null = null;
  const call: typeof fetch = async (url, init) => {
    const key = new Headers(init?.headers).get("idempotency-key") ?? "";
    const id = Number(/(\d+)-\d+$/.exec(key)?.[1]);
    seen.push({ key, batch: (await post?.batches())?.find((batch) => batch.id === id) });
    return fetch(url, init);
  };
  post = await openPost({ call });
  return { post, seen };
}

test("members, attempt and hash of an issue's batch are committed before its first byte leaves", async () => {
  const { post, seen } = await openWatched();
  await post.readers(120);
  await post.start();
  await post.drain();
  expect(seen).toHaveLength(2);
  // That the hash is the one of these very bytes is the third invariant's test.
  expect(new Set(seen.map(({ batch }) => batch?.payload_hash)).size).toBe(2);
  for (const { key, batch } of seen) {
    expect(batch).toMatchObject({ state: "claimed", key_id: 1, frozen_at: post.clock.now });
    expect(batch?.payload_hash).toMatch(/^strict:[0-9a-f]{64}$/);
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
  expect(call?.batch).toMatchObject({ state: "claimed", size: 1 });
  expect(call?.batch?.payload_hash).toMatch(/^strict:[0-9a-f]{64}$/);
  expect(JSON.parse(call?.batch?.members ?? "[]")).toMatchObject([{ kind: "confirmation", to: "anna@post.tld" }]);
  const kept = await post.connection.prepare("select kind from contents where hash = ?").get(call?.batch?.content);
  expect(kept).toEqual({ kind: "notices" });
});
