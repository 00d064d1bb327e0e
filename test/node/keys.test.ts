import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { openContext } from "../../src/node/context.ts";
import { scratchFolder } from "../world/scratch.ts";

let folder = "";
let keys = "";
beforeEach(() => {
  folder = scratchFolder("keys");
  keys = join(folder, "keys");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function start(): Promise<string> {
  const opened = await openContext(
    readConfig({
      TIDINGS_DATABASE: join(folder, "tidings.db"),
      TIDINGS_KEYS: keys,
      TIDINGS_OUTBOX: join(folder, "outbox"),
      TIDINGS_LOG: "silent",
    }),
  );
  const link = opened.ctx.signer.sign("leave", [1, 2]);
  opened.close();
  return link;
}

function refused(message: string, hint: string) {
  return {
    code: "misconfigured",
    message: expect.stringContaining(message),
    details: { field: "TIDINGS_KEYS", hint: expect.stringContaining(hint) },
  };
}

test("the first start makes a key ring of 32 random bytes that only its owner can read", async () => {
  await start();
  expect((statSync(keys).mode & 0o777).toString(8)).toBe("600");
  const ring = JSON.parse(readFileSync(keys, "utf8"));
  expect(ring).toMatchObject({ current: 1, keys: [{ id: 1 }] });
  expect(Buffer.from(ring.keys[0].secret, "base64url")).toHaveLength(32);
});

test("later starts use the same ring, so that links stay good", async () => {
  const first = await start();
  expect(await start()).toBe(first);
});

test("a lost ring is refused, and none is made in its place", async () => {
  await start();
  rmSync(keys);
  await expect(start()).rejects.toMatchObject(refused("is missing, but the database has been in use", "Put it back"));
  expect(existsSync(keys)).toBe(false);
});

test("a ring made elsewhere is refused, though its key has the same number", async () => {
  await start();
  const ring = { current: 1, keys: [{ id: 1, secret: Buffer.alloc(32, 9).toString("base64url") }] };
  writeFileSync(keys, JSON.stringify(ring));
  await expect(start()).rejects.toMatchObject(refused("does not fit this database: key 1", "Put back the key ring"));
});

test("a ring that others can read is refused with the command that mends it", async () => {
  await start();
  chmodSync(keys, 0o640);
  await expect(start()).rejects.toMatchObject(refused("can be read by others (mode 640)", `chmod 600 ${keys}`));
  chmodSync(keys, 0o600);
  await start();
});

test("a rotated ring is taken on, and from then on the old ring alone is refused", async () => {
  const old = await start();
  const before = readFileSync(keys, "utf8");
  const ring = JSON.parse(before);
  ring.current = 2;
  ring.keys.push({ id: 2, secret: Buffer.alloc(32, 5).toString("base64url") });
  writeFileSync(keys, JSON.stringify(ring));
  expect(await start()).not.toBe(old);
  writeFileSync(keys, before);
  await expect(start()).rejects.toMatchObject(refused("key 2", "Put back"));
});

const secret = Buffer.alloc(32, 7).toString("base64url");

test.each([
  ["cut off", `{"current":1,"keys":[{"id":1,"sec`],
  ["empty", ""],
  ["without its current key", JSON.stringify({ current: 2, keys: [{ id: 1, secret }] })],
  ["with a short key", JSON.stringify({ current: 1, keys: [{ id: 1, secret: "c2hvcnQ" }] })],
  ["with a key number that no link can carry", JSON.stringify({ current: 70000, keys: [{ id: 70000, secret }] })],
  [
    "with the same number twice",
    JSON.stringify({
      current: 1,
      keys: [
        { id: 1, secret },
        { id: 1, secret },
      ],
    }),
  ],
])("a ring that is %s is refused as damaged", async (_, text) => {
  writeFileSync(keys, text, { mode: 0o600 });
  await expect(start()).rejects.toMatchObject(refused("is damaged", "Put it back from a backup"));
});
