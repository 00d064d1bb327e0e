import { fork } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, expect, test } from "vitest";
import { encodeMime } from "../../src/mail/mime.ts";
import { createFileKeep } from "../../src/node/keep.ts";
import { createOutbox } from "../../src/provider/outbox.ts";
import { diskFolder } from "../world/scratch.ts";
import { issue, notice, readers } from "./samples.ts";

const start = Date.UTC(2026, 10, 22, 8);
let folder: string;
let now: number;

beforeEach(async () => {
  folder = join(diskFolder("keep"), "outbox");
  now = start;
});

function open() {
  return createFileKeep(folder, () => now);
}

const mails = [encodeMime(notice("a@post.tld")), encodeMime(notice("b@post.tld"))];

async function files(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith(".eml")).sort();
}

test("keeps each mail as a file that this user alone can read", async () => {
  const ids = await open().put("k1", mails);
  expect(await files()).toEqual(ids);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  for (const [index, id] of ids.entries()) {
    expect(id).toMatch(new RegExp(`^00${start}-[0-9a-f]{32}-000${index}\\.eml$`));
    expect((await stat(join(folder, id))).mode & 0o777).toBe(0o600);
    expect(new Uint8Array(await readFile(join(folder, id)))).toEqual(mails[index]);
  }
  expect(await readdir(join(folder, ".drafts"))).toEqual([]);
});

test("keeps a key's mails once, also an hour later and by another keep", async () => {
  const ids = await open().put("k1", mails);
  now += 3_600_000;
  expect(await open().put("k1", mails)).toEqual(ids);
  expect(await files()).toEqual(ids);
});

test("knows a key with other mails, with fewer, and with the same bytes cut elsewhere", async () => {
  const ids = await open().put("k1", mails);
  const [first, second] = mails as [Uint8Array, Uint8Array];
  const recut = [first.subarray(0, 5), new Uint8Array([...first.subarray(5), ...second])];
  for (const other of [[first], [second, first], recut]) {
    await expect(open().put("k1", other)).rejects.toMatchObject({ code: "conflict" });
  }
  expect(await files()).toEqual(ids);
});

test("completes a set of which a crash left only a part", async () => {
  const ids = await open().put("k1", mails);
  await rm(join(folder, ids[1] ?? ""));
  now += 60_000;
  expect(await open().put("k1", mails)).toEqual(ids);
  expect(await files()).toEqual(ids);
});

test("keeps one set when two processes put the same keys at the same time", async () => {
  const worker = fileURLToPath(new URL("keep-worker.ts", import.meta.url));
  const children = [1, 2].map((number) => fork(worker, [folder, String(start + number)]));
  await Promise.all(children.map((child) => once(child, "message")));
  for (const child of children) {
    child.send("go");
  }
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0] as number));
  expect(codes).toEqual([0, 0]);
  expect(await files()).toHaveLength(50 * 3);
  expect(await readdir(join(folder, ".drafts"))).toEqual([]);
});

test("shows an empty list before the first mail", async () => {
  expect(await open().list({ limit: 10 })).toEqual([]);
  expect(await open().read(`${"0".repeat(15)}-${"0".repeat(32)}-0000.eml`)).toBeNull();
  expect(await open().purge(now)).toBe(0);
});

test("leaves out and never opens what it did not write", async () => {
  const keep = open();
  const [id = ""] = await keep.put("k1", mails);
  await writeFile(join(folder, "notes.txt"), "mine");
  await writeFile(join(folder, "../secret.eml"), "secret");
  const link = id.replace("-0000.", "-0009.");
  await symlink(join(folder, "../secret.eml"), join(folder, link));
  const listed = await keep.list({ limit: 10 });
  expect(listed).toHaveLength(2);
  const odd = ["../secret.eml", "notes.txt", link, "", ".", "..", `../outbox/${id}`, `${id}\0`, `/etc/passwd`, ".keys"];
  for (const name of odd) {
    expect(await keep.read(name)).toBeNull();
  }
  await keep.purge(now + 1);
  expect(await readdir(folder)).toContain("notes.txt");
});

test("purges what is older than a time, with what it knew of the keys", async () => {
  const keep = open();
  await keep.put("old", mails);
  now += 10_000;
  await keep.put("new", mails);
  expect(await keep.purge(now)).toBe(2);
  expect((await keep.list({ limit: 10 })).map((mail) => mail.at)).toEqual([now, now]);
  expect(await readdir(join(folder, ".keys"))).toHaveLength(1);
  expect(await keep.purge(now)).toBe(0);
});

test("reads a message of which the headers alone are longer than the first read", async () => {
  const long = new TextEncoder().encode(`Subject: a\r\nX-Long: ${"x ".repeat(20_000)}\r\nTo: b@post.tld\r\n\r\nbody`);
  const [id = ""] = await open().put("k1", [long]);
  expect(await open().list({ limit: 1 })).toMatchObject([{ subject: "a", to: "", size: long.length }]);
  expect(await open().read(id)).toEqual(long);
});

test("a folder that cannot be used is named, with what to do, and the mails wait", async () => {
  await writeFile(folder, "a file in its place");
  const outbox = createOutbox(open());
  const outcome = await outbox.issue(issue)(readers(2)).send("k1");
  expect(outcome).toEqual({
    result: "retry",
    reason: `The outbox ${folder} cannot be used (ENOTDIR). Let this user read and write it, or set another folder for the outbox.`,
  });
  await rm(folder);
  expect(await outbox.issue(issue)(readers(2)).send("k1")).toMatchObject({ result: "accepted" });
});
