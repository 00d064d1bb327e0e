import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseKeyRing } from "../../src/mail/key-ring.ts";
import { readKeyRing } from "../../src/node/keys.ts";
import { scratchFolder } from "../world/scratch.ts";
import { tidings } from "./spawned.ts";
import { play } from "./stage.ts";

const make = (...words: string[]) => play(["keys", "new", ...words], {}, {});

test("a fresh ring is printed for a program, on one line and with nothing beside it", async () => {
  const { code, out, err } = await make();
  expect([code, err]).toEqual([0, ""]);
  expect(out.trimEnd().split("\n")).toHaveLength(1);
  expect(parseKeyRing(out)).toMatchObject({ current: 1 });
  expect((await make()).out).not.toBe(out);
});

test("in JSON it is one text, as a secret wants it", async () => {
  const { keyRing, file } = JSON.parse((await make("--json")).out);
  expect(parseKeyRing(keyRing)?.keys.get(1)).toHaveLength(32);
  expect(file).toBeNull();
});

test.each([[[]], [["--json"]]])("a terminal does not see it, unless that is meant: %j", async (more) => {
  const refused = await play(["keys", "new", ...more], {}, { columns: 80 });
  expect([refused.code, refused.out]).toEqual([2, ""]);
  expect(refused.err).toContain("--show");
  const shown = await play(["keys", "new", "--show", ...more], {}, { columns: 80 });
  expect(shown.code).toBe(0);
  expect(shown.out).toContain("secret");
});

test("a file is made for its owner alone, and serves a machine as well", async () => {
  const file = join(scratchFolder("keys"), "tidings.keys");
  const { code, out, err } = await play(["keys", "new", file], {}, { columns: 80 });
  expect(code).toBe(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readKeyRing(file, false).current).toBe(1);
  const { secret } = JSON.parse(readFileSync(file, "utf8")).keys[0];
  expect(out + err).not.toContain(secret);
});

test("a ring that is there is never replaced", async () => {
  const file = join(scratchFolder("keys"), "tidings.keys");
  writeFileSync(file, "mine");
  const { code, err } = await make(file);
  expect(code).toBe(5);
  expect(err).toContain("is there already");
  expect(readFileSync(file, "utf8")).toBe("mine");
});

test("a place where nothing can be written is named", async () => {
  const folder = join(scratchFolder("keys"), "deep");
  mkdirSync(folder);
  const { code, err } = await make(join(folder, "none", "tidings.keys"));
  expect(code).toBe(2);
  expect(err).toContain("cannot be written");
});

test("no database, no server and no setting is needed", async () => {
  const settings = { TIDINGS_SERVER: "https://letters.example.org", TIDINGS_PORT: "not a port" };
  const { code, out, err } = await tidings(["keys", "new"], settings, scratchFolder("keys"));
  expect([code, err]).toEqual([0, ""]);
  expect(parseKeyRing(out)).not.toBeNull();
});
