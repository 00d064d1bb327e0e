import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keep, kept, type OwnDatabase, ownDatabase } from "./database.ts";

const patience = 60;

let own: OwnDatabase;
let letGo: () => Promise<void>;
beforeEach(async () => {
  own = ownDatabase(patience);
  const holder = fork(join(import.meta.dirname, "lock-holder.ts"), [own.file]);
  await once(holder, "message");
  letGo = async () => {
    if (holder.exitCode !== null) return;
    holder.send(0);
    await once(holder, "exit");
  };
});
afterEach(async () => {
  await letGo();
  own[Symbol.dispose]();
});

test("a commit while another process holds the write lock is refused as unavailable, with what to do", async () => {
  await expect(own.store.commit(keep("a"))).rejects.toMatchObject({
    code: "unavailable",
    message: "The database is locked by another program.",
    details: { hint: expect.stringContaining("Try again") },
  });
});

test("reading goes on while another process holds the write lock", async () => {
  expect(await kept(own.store)).toEqual([]);
});

test("commits that come together wait for the lock once, not one after the other", async () => {
  const began = performance.now();
  const settled = await Promise.allSettled(Array.from({ length: 40 }, (_, at) => own.store.commit(keep(String(at)))));
  expect(settled.map((one) => one.status)).toEqual(Array(40).fill("rejected"));
  expect(performance.now() - began).toBeLessThan(20 * patience);
});

test("once the lock is gone, the same commit succeeds and nothing is there twice", async () => {
  await expect(own.store.commit(keep("a"))).rejects.toMatchObject({ code: "unavailable" });
  await letGo();
  await own.store.commit(keep("a"));
  expect(await kept(own.store)).toEqual(["a"]);
});
