import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createFileKeep } from "../../src/node/keep.ts";
import { createOutbox } from "../../src/provider/outbox.ts";
import { diskFolder } from "../world/scratch.ts";
import { issue, readers } from "./samples.ts";

/** Calls of the file system that are still to succeed before one fails, by name. */
const disk = vi.hoisted(() => ({ left: new Map<string, number>(), code: "ENOSPC" }));

// A disk that is really full cannot be had without root, so the operating system's answer is put in its place.
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  function fail(name: string): void {
    const left = disk.left.get(name);
    if (left === undefined) return;
    disk.left.set(name, left - 1);
    if (left <= 0) throw Object.assign(new Error(`${disk.code}: ${name}`), { code: disk.code });
  }
  return {
    ...real,
    writeFile: async (...args: Parameters<typeof real.writeFile>) => {
      fail("writeFile");
      return real.writeFile(...args);
    },
    link: async (...args: Parameters<typeof real.link>) => {
      fail("link");
      return real.link(...args);
    },
    rename: async (...args: Parameters<typeof real.rename>) => {
      fail("rename");
      return real.rename(...args);
    },
  };
});

let folder: string;
let now = Date.UTC(2026, 10, 22, 8);

beforeEach(async () => {
  folder = diskFolder("keep");
  disk.left.clear();
});
afterEach(() => rm(folder, { recursive: true }));

function parcel() {
  now += 1000;
  return createOutbox(createFileKeep(folder, () => now)).issue(issue)(readers(10));
}

async function kept(): Promise<number> {
  return (await readdir(folder)).filter((name) => name.endsWith(".eml")).length;
}

for (const [call, left] of [
  ["writeFile", 0],
  ["writeFile", 6],
  ["writeFile", 10],
  ["link", 0],
] as const) {
  test(`a disk that is full at ${call} number ${left + 1} keeps nothing, says so, and takes the mails later`, async () => {
    Object.assign(disk, { code: "ENOSPC" });
    disk.left.set(call, left);
    expect(await parcel().send("k1")).toEqual({
      result: "retry",
      reason: `The disk is full that holds the outbox ${folder}. Free some space there; mails wait and are tried again.`,
    });
    expect(await kept()).toBe(0);
    expect(await readdir(join(folder, ".keys"))).toEqual([]);
    expect(await readdir(join(folder, ".drafts"))).toEqual([]);

    disk.left.clear();
    expect(await parcel().send("k1")).toMatchObject({ result: "accepted" });
    expect(await kept()).toBe(10);
  });
}

test("a disk that fails half-way through publishing is unsure, and the same call completes the set", async () => {
  Object.assign(disk, { code: "EIO" });
  disk.left.set("rename", 4);
  const outcome = await parcel().send("k1");
  expect(outcome).toEqual({ result: "unsure", reason: `The outbox ${folder} failed (EIO).` });
  expect(await kept()).toBe(4);

  disk.left.clear();
  expect(await parcel().send("k1")).toMatchObject({ result: "accepted" });
  expect(await kept()).toBe(10);
});

test("a folder that this user may not write is named, and the mails wait", async () => {
  Object.assign(disk, { code: "EACCES" });
  disk.left.set("writeFile", 0);
  expect(await parcel().send("k1")).toEqual({
    result: "retry",
    reason: `The outbox ${folder} cannot be used (EACCES). Let this user read and write it, or set another folder for the outbox.`,
  });
});
