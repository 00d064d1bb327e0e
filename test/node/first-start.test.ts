import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFile } from "../../src/node/engine.ts";
import { listMigrations } from "../../src/node/migrate.ts";
import { scratchFolder } from "../world/scratch.ts";

interface Started {
  readonly uid: string;
  readonly ring: string;
  readonly made: boolean;
}

let folder = "";
beforeEach(() => {
  folder = scratchFolder("start");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function startAtOnce(count: number): Promise<Started[]> {
  const starting = Array.from({ length: count }, () => fork(join(import.meta.dirname, "first-start.ts"), [folder]));
  await Promise.all(starting.map((child) => once(child, "message")));
  return Promise.all(starting.map(finish));
}

async function finish(child: ChildProcess): Promise<Started> {
  const ended = once(child, "exit");
  const told = Promise.race([once(child, "message"), ended]);
  child.send("go");
  const [message] = await told;
  const [code] = await ended;
  expect(code, "exit code of a start").toBe(0);
  return message as Started;
}

test("starts that come at once make one key ring, one instance and one first token, and apply each migration once", async () => {
  const started = await startAtOnce(3);
  expect(new Set(started.map((one) => one.ring)).size).toBe(1);
  expect(new Set(started.map((one) => one.uid)).size).toBe(1);
  expect(started.filter((one) => one.made)).toHaveLength(1);

  const connection = openFile(join(folder, "data", "tidings.db"));
  const applied = connection.prepare("select name from d1_migrations order by id").pluck().all();
  const tokens = connection.prepare("select count(*) from tokens").pluck().get();
  connection.close();
  expect(applied).toEqual(listMigrations().map((migration) => migration.name));
  expect(tokens).toBe(1);
  expect(readdirSync(join(folder, "data")).filter((name) => name.endsWith(".new"))).toEqual([]);
});
