import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { AppError } from "../errors.ts";

const folder = join(import.meta.dirname, "../store/migrations");

/** One step of the schema; the number in its name is its place. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** The numbered migrations this program brings, oldest first. */
export function listMigrations(): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_[a-z_]+\.sql$/.test(name))
    .sort()
    .map((name) => ({ name, sql: readFileSync(join(folder, name), "utf8") }));
}

/**
 * Brings a database up to this program, each migration in its own transaction, and names those applied. Throws `misconfigured`
 * for a database that is newer than the program, or another program's.
 */
export function migrate(connection: Database.Database, known: readonly Migration[] = listMigrations()): string[] {
  refuseForeign(connection);
  // The table that wrangler keeps too, so that a database can move between the platforms.
  connection.exec(
    `create table if not exists d1_migrations
     (id integer primary key autoincrement, name text unique, applied_at timestamp default current_timestamp not null)`,
  );
  const names = new Set(known.map((migration) => migration.name));
  const newer = applied(connection).filter((name) => !names.has(name));
  if (newer.length > 0) {
    throw new AppError("misconfigured", `The database is newer than this program: it has seen ${newer.join(", ")}.`, {
      hint: "Start the newer Tidings that wrote it, or restore the backup made before the upgrade.",
    });
  }
  return known.filter((migration) => apply(connection, migration)).map((migration) => migration.name);
}

function refuseForeign(connection: Database.Database): void {
  const names = connection.prepare("select name from sqlite_schema where type = 'table'").pluck().all();
  if (names.length === 0 || names.includes("d1_migrations")) return;
  throw new AppError("misconfigured", "The database holds another program's tables.", {
    field: "TIDINGS_DATABASE",
    hint: "Name a file of its own for Tidings; it is made at the first start.",
  });
}

function applied(connection: Database.Database): string[] {
  return connection
    .prepare<[], { name: string }>("select name from d1_migrations order by id")
    .all()
    .map((row) => row.name);
}

function apply(connection: Database.Database, migration: Migration): boolean {
  // Looked up inside the write lock: two processes may start at once.
  return connection
    .transaction(() => {
      if (applied(connection).includes(migration.name)) return false;
      connection.exec(migration.sql);
      connection.prepare("insert into d1_migrations (name) values (?)").run(migration.name);
      return true;
    })
    .immediate();
}
