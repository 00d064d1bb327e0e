import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { migrate } from "../../src/node/migrate.ts";

const root = join(import.meta.dirname, "../..");

/** The text of schema.sql. */
export const schemaText = readFileSync(join(root, "schema.sql"), "utf8");

/** A database in memory with schema.sql. */
export function fromSchema(): Database.Database {
  const connection = new Database(":memory:");
  connection.exec(schemaText);
  return connection;
}

/** A database in memory with all migrations. */
export function fromMigrations(): Database.Database {
  const connection = new Database(":memory:");
  migrate(connection);
  return connection;
}

/** Tables that are ours: neither SQLite's own nor the list of migrations. */
export function tablesOf(connection: Database.Database): string[] {
  const names = connection
    .prepare<[], { name: string }>("select name from sqlite_schema where type = 'table' order by name")
    .all()
    .map((row) => row.name);
  return names.filter((name) => !name.startsWith("sqlite_") && name !== "d1_migrations");
}

/** A column as `pragma table_xinfo` tells it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  readonly pk: number;
  readonly hidden: number;
}

/** The columns of a table, in order. */
export function columnsOf(connection: Database.Database, table: string): Column[] {
  return connection.prepare<[string], Column>("select * from pragma_table_xinfo(?) order by cid").all(table);
}

/**
 * The statement that made a table or index, without comments and with one space between words, none before a comma; the name
 * without the quotes that renaming a table leaves.
 */
export function madeBy(connection: Database.Database, name: string): string {
  const text = connection.prepare("select sql from sqlite_schema where name = ?").pluck().get(name) as string;
  return text
    .replace(/--[^\n]*/g, "")
    .replace(/\s+/g, " ")
    .replace(/^CREATE TABLE "(\w+)"/, "CREATE TABLE $1")
    .replace(/ (?=[,)])/g, "")
    .trim();
}

/** Everything SQLite knows about the shape of a database. */
export function shapeOf(connection: Database.Database): unknown {
  return tablesOf(connection).map((table) => ({
    table,
    sql: madeBy(connection, table),
    options: connection.prepare("select type, wr, strict from pragma_table_list where name = ?").get(table),
    columns: columnsOf(connection, table),
    indexes: connection
      .prepare<[string], { name: string }>("select * from pragma_index_list(?) order by name")
      .all(table)
      .map((index) => ({
        ...index,
        sql: index.name.startsWith("sqlite_") ? null : madeBy(connection, index.name),
        columns: connection.prepare("select * from pragma_index_xinfo(?) order by seqno").all(index.name),
      })),
    foreign: connection.prepare("select * from pragma_foreign_key_list(?) order by id, seq").all(table),
  }));
}
