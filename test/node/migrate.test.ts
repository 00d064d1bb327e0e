import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listMigrations, migrate } from "../../src/node/migrate.ts";

let connection: Database.Database;
beforeEach(() => {
  connection = new Database(":memory:");
});
afterEach(() => connection.close());

function tables(): unknown[] {
  return connection.prepare("select name from sqlite_schema where type = 'table' order by name").pluck().all();
}

function applied(): unknown[] {
  return connection.prepare("select name from d1_migrations order by id").pluck().all();
}

const half =
  "create table half (id integer primary key) strict; insert into half values (1); insert into nowhere values (1)";

test("every migration is applied once, in the order of its number", () => {
  const names = listMigrations().map((migration) => migration.name);
  expect(names[0]).toBe("0001_start.sql");
  expect(names).toEqual([...names].sort());
  expect(migrate(connection)).toEqual(names);
  expect(migrate(connection)).toEqual([]);
  expect(applied()).toEqual(names);
});

test("a migration that breaks in the middle leaves nothing behind, and those before it stay", () => {
  const broken = [...listMigrations(), { name: "9999_half.sql", sql: half }];
  expect(() => migrate(connection, broken)).toThrow(/nowhere/);
  expect(tables()).not.toContain("half");
  expect(applied()).toEqual(listMigrations().map((migration) => migration.name));
  const mended = [...listMigrations(), { name: "9999_half.sql", sql: "create table half (id integer) strict" }];
  expect(migrate(connection, mended)).toEqual(["9999_half.sql"]);
});

test("a database newer than the program is refused, named, and left as it is", () => {
  migrate(connection, [
    ...listMigrations(),
    { name: "9999_future.sql", sql: "create table future (id integer) strict" },
  ]);
  const before = tables();
  expect(() => migrate(connection)).toThrow(
    expect.objectContaining({
      code: "misconfigured",
      message: expect.stringContaining("newer than this program: it has seen 9999_future.sql"),
      details: { hint: expect.stringContaining("Start the newer Tidings") },
    }),
  );
  expect(tables()).toEqual(before);
});

test("another program's database is refused and left as it is", () => {
  connection.exec("create table contacts (id integer primary key)");
  expect(() => migrate(connection)).toThrow(
    expect.objectContaining({ code: "misconfigured", message: expect.stringContaining("another program") }),
  );
  expect(tables()).toEqual(["contacts"]);
});
