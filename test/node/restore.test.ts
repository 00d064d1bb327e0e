import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import type { Config } from "../../src/config.ts";
import { readHold } from "../../src/instance/hold.ts";
import { backup } from "../../src/node/backup.ts";
import { openFile } from "../../src/node/engine.ts";
import { listMigrations, migrate } from "../../src/node/migrate.ts";
import { restore } from "../../src/node/restore.ts";
import { markRunning } from "../../src/node/running.ts";
import { openWorld, type World } from "../world.ts";

const now = Date.UTC(2026, 10, 23, 9);

/** A world with one reader, its backup, and an empty place to put that back. */
async function backedUp() {
  const world = await openWorld();
  await world.newsletter("morning");
  await world.join("ada@example.org", "morning");
  const file = join(world.folder, "backups/copy.db");
  mkdirSync(join(world.folder, "backups"));
  await backup(world.config, file);
  const place: Config = {
    ...world.config,
    database: join(world.folder, "place/tidings.db"),
    keys: join(world.folder, "place/keys"),
  };
  return { world, file, place, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

function look<T>(path: string, question: string): T {
  const connection = new Database(path, { readonly: true });
  try {
    return connection.prepare(question).pluck().get() as T;
  } finally {
    connection.close();
  }
}

const heldAt = (path: string) => readHold(look<string | null>(path, "select held from instance"));
const put = (place: Config, from: string, force = false) => restore(place, from, { force, now });

/** A database in use, as a world that has been closed leaves it. */
async function occupied(place: Config): Promise<void> {
  mkdirSync(join(place.database, ".."), { recursive: true });
  const connection = openFile(place.database);
  connection.exec("create table newsletters (id); insert into newsletters values (7)");
  connection.close();
}

describe("a backup is put back", () => {
  test("with its keys, whole, held, and for its owner alone to read", async () => {
    await using given = await backedUp();
    const { file, place } = given;
    const done = await put(place, file);
    expect(done).toEqual({ from: file, database: place.database, keys: place.keys, aside: [], migrated: [] });
    expect(look(place.database, "select email from subscribers")).toBe("ada@example.org");
    expect(heldAt(place.database)?.kind).toBe("backup");
    expect(readFileSync(place.keys, "utf8")).toBe(readFileSync(`${file}.keys`, "utf8"));
    expect([statSync(place.database).mode & 0o777, statSync(place.keys).mode & 0o777]).toEqual([0o600, 0o600]);
    expect([existsSync(`${place.database}.restoring`), existsSync(`${place.keys}.restoring`)]).toEqual([false, false]);
  });

  test("from a folder the newest one", async () => {
    await using given = await backedUp();
    const { world, file, place } = given;
    const newer = join(world.folder, "backups/newer.db");
    await backup(world.config, newer);
    utimesSync(file, 1_000, 1_000);
    expect((await put(place, join(world.folder, "backups"))).from).toBe(newer);
  });

  test("made by other means, it is held as well, and its ids go on from far ahead", async () => {
    await using given = await backedUp();
    const { world, place } = given;
    const raw = join(world.folder, "raw.db");
    const connection = openFile(world.config.database);
    await connection.backup(raw);
    connection.close();
    copyFileSync(world.config.keys, `${raw}.keys`);
    await put(place, raw);
    expect(heldAt(place.database)).toMatchObject({
      kind: "restored",
      reason: expect.stringContaining("put back from a copy of"),
    });
    expect(look<number>(place.database, "select seq from sqlite_sequence where name = 'subscribers'")).toBeGreaterThan(
      1_000_000,
    );
  });

  test("of an older version it is brought up to date on the way", async () => {
    await using given = await backedUp();
    const { world, place } = given;
    const old = join(world.folder, "old.db");
    const [first, ...later] = listMigrations();
    const connection = new Database(old);
    migrate(connection, first === undefined ? [] : [first]);
    const keyIds = look<string>(world.config.database, "select key_ids from instance");
    connection.prepare("insert into instance (id, uid, created_at, key_ids) values (1, 'old', 1, ?)").run(keyIds);
    connection.close();
    copyFileSync(world.config.keys, `${old}.keys`);
    expect((await put(place, old)).migrated).toEqual(later.map(({ name }) => name));
    expect(look(place.database, "select uid from instance")).toBe("old");
  });
});

describe("what was there", () => {
  test("is not touched where it holds anything, unless that is said", async () => {
    await using given = await backedUp();
    const { file, place } = given;
    await occupied(place);
    writeFileSync(place.keys, "other keys", { mode: 0o600 });
    await expect(put(place, file)).rejects.toMatchObject({
      code: "conflict",
      details: { hint: expect.stringContaining("--force") },
    });
    expect([look(place.database, "select id from newsletters"), readFileSync(place.keys, "utf8")]).toEqual([
      7,
      "other keys",
    ]);

    const { aside } = await put(place, file, true);
    const stamp = "before-restore-202611230900";
    expect(aside).toEqual([`${place.keys}.${stamp}`, `${place.database}.${stamp}`]);
    expect([
      look(`${place.database}.${stamp}`, "select id from newsletters"),
      readFileSync(`${place.keys}.${stamp}`, "utf8"),
    ]).toEqual([7, "other keys"]);
    expect(look(place.database, "select email from subscribers")).toBe("ada@example.org");
    expect((await put(place, file, true)).aside).toEqual([`${place.database}.${stamp}-1`]);
  });

  test("is moved aside even where it is damaged", async () => {
    await using given = await backedUp();
    const { file, place } = given;
    mkdirSync(join(place.database, ".."));
    writeFileSync(place.database, "no database at all, but somebody's bytes".repeat(50));
    await expect(put(place, file)).rejects.toMatchObject({ code: "conflict" });
    const { aside } = await put(place, file, true);
    expect(readFileSync(aside[0] ?? "", "utf8")).toContain("somebody's bytes");
  });

  test("is never touched while anything has it open", async () => {
    await using given = await backedUp();
    const { world, file } = given;
    await expect(put(world.config, file, true)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("Another program has"),
    });
    const unmark = markRunning(world.config.database, "http://127.0.0.1:1");
    await expect(put(world.config, file, true)).rejects.toMatchObject({
      message: expect.stringContaining("A server works on"),
    });
    unmark();
    expect((await world.get("/n/morning")).status).toBe(200);
  });
});

describe("is refused and changes nothing:", () => {
  const damage: [string, (world: World, file: string) => void, RegExp][] = [
    [
      "a file cut short",
      (_, file) => writeFileSync(file, readFileSync(file).subarray(0, 20_000)),
      /The backup is damaged/,
    ],
    ["a file that is none", (_, file) => writeFileSync(file, "x".repeat(5_000)), /The backup is damaged/],
    ["another program's database", (_, file) => other(file), /no backup of Tidings/],
    ["a backup of a newer program", (_, file) => newer(file), /newer than this program/],
    ["keys that belong to another", (_, file) => strangeKeys(file), /does not belong to it/],
    ["keys that are damaged", (_, file) => writeFileSync(`${file}.keys`, "{"), /does not belong to it, or is damaged/],
  ];

  test.each(damage)("%s", async (_, harm, message) => {
    await using given = await backedUp();
    const { world, file, place } = given;
    await occupied(place);
    harm(world, file);
    await expect(put(place, file, true)).rejects.toThrow(message);
    expect(look(place.database, "select id from newsletters")).toBe(7);
    expect([
      existsSync(place.keys),
      existsSync(`${place.database}.restoring`),
      existsSync(`${place.keys}.restoring`),
    ]).toEqual([false, false, false]);
  });

  test("a file that is not there, a backup without keys, and a folder without backups", async () => {
    await using given = await backedUp();
    const { world, place } = given;
    await expect(put(place, join(world.folder, "nowhere"))).rejects.toThrow(/There is no file or folder/);
    await expect(put(place, world.config.database)).rejects.toThrow(/key ring of this backup is missing/);
    mkdirSync(join(world.folder, "empty"));
    await expect(put(place, join(world.folder, "empty"))).rejects.toThrow(/There is no backup in/);
  });
});

function other(file: string): void {
  writeFileSync(file, "");
  const connection = new Database(file);
  connection.exec("create table theirs (id)");
  connection.close();
}

function newer(file: string): void {
  const connection = new Database(file);
  connection.exec("insert into d1_migrations (name) values ('9999_later.sql')");
  connection.close();
}

function strangeKeys(file: string): void {
  const secret = Buffer.alloc(32, 3).toString("base64url");
  writeFileSync(`${file}.keys`, JSON.stringify({ current: 1, keys: [{ id: 1, secret }] }));
}
