import { closeSync, mkdirSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { openContext } from "../../src/node/context.ts";
import { openFile, sqliteEngine } from "../../src/node/engine.ts";
import { openStore } from "../../src/store/open.ts";
import { scratchFolder } from "../world/scratch.ts";
import { keep, kept, ownDatabase } from "./database.ts";

let folder = "";
beforeEach(() => {
  folder = scratchFolder("unusable");
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(database: string) {
  return openContext(
    readConfig({
      TIDINGS_DATABASE: database,
      TIDINGS_KEYS: join(folder, "keys"),
      TIDINGS_OUTBOX: join(folder, "outbox"),
      TIDINGS_LOG: "silent",
    }),
  );
}

test("a file that is no database is refused with the word of a backup", async () => {
  const file = join(folder, "tidings.db");
  writeFileSync(file, "This was a shopping list and never a database.".repeat(200));
  await expect(open(file)).rejects.toMatchObject({
    code: "unavailable",
    message: "The database file is damaged.",
    details: { hint: "Restore the newest backup." },
  });
});

test("a folder in the place of the database is refused in words", async () => {
  mkdirSync(join(folder, "tidings.db"));
  await expect(open(join(folder, "tidings.db"))).rejects.toMatchObject({
    code: "unavailable",
    message: "The database file cannot be written.",
  });
});

test("a database whose folder cannot be made is refused in words", async () => {
  writeFileSync(join(folder, "data"), "a file where a folder should be");
  await expect(open(join(folder, "data", "tidings.db"))).rejects.toMatchObject({
    code: "unavailable",
    message: "The database file cannot be written.",
  });
});

test("a read-only database is still read, and a commit is refused as unavailable", async () => {
  using own = ownDatabase();
  await own.store.commit(keep("a"));
  const connection = new Database(own.file, { readonly: true });
  const store = openStore(sqliteEngine(connection));
  expect(await kept(store)).toEqual(["a"]);
  await expect(store.commit(keep("b"))).rejects.toMatchObject({
    code: "unavailable",
    message: "The database file cannot be written.",
    details: { hint: "Check its folder, its owner and its rights." },
  });
  connection.close();
});

test("damage inside the file is reported as such, at the next start and by a process that runs", async () => {
  using own = ownDatabase();
  for (let at = 0; at < 50; at += 1) await own.store.commit(keep(String(at), "x".repeat(2_000)));
  own.connection.pragma("wal_checkpoint(TRUNCATE)");
  const connection = openFile(own.file);
  const store = openStore(sqliteEngine(connection));
  scribble(own.file);
  const damaged = { code: "unavailable", message: "The database file is damaged." };
  await expect(kept(store)).rejects.toMatchObject(damaged);
  await expect(store.commit(keep("new"))).rejects.toMatchObject(damaged);
  await expect(open(own.file)).rejects.toMatchObject(damaged);
  connection.close();
});

/** Overwrites everything behind the header page, as a failing disk might. */
function scribble(file: string): void {
  const handle = openSync(file, "r+");
  const { size } = statSync(file);
  for (let at = 4_096; at < size; at += 4_096) writeSync(handle, Buffer.alloc(4_096, 0xa5), 0, 4_096, at);
  closeSync(handle);
}
