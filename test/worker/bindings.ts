import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { D1Database } from "../../src/store/d1.ts";
import type { Bindings } from "../../src/worker/bindings.ts";

/** What wrangler.toml binds, and what test/worker/project.ts adds. */
export const bound = env as Bindings &
  Readonly<Record<`WORLD_${number}`, D1Database>> & { TEST_MIGRATIONS: D1Migration[]; TEST_ALL: boolean };

/** Databases beside DB, for worlds that are open at the same time. */
export const worlds = 6;

const migrated = new WeakSet<D1Database>();

/** An empty database with Tidings' schema; what was in it is gone. */
export async function emptied(database: D1Database): Promise<D1Database> {
  if (migrated.has(database)) {
    await empty(database);
  } else {
    await applyD1Migrations(database, bound.TEST_MIGRATIONS);
    migrated.add(database);
  }
  return database;
}

async function empty(database: D1Database): Promise<void> {
  const { results = [] } = await database
    .prepare(
      `select type, name from sqlite_schema
       where type in ('table', 'trigger') and name not like '\\_cf%' escape '\\' and name <> 'd1_migrations' order by type desc`,
    )
    .run();
  const held = results as { type: string; name: string }[];
  await database.batch(
    [
      "pragma defer_foreign_keys = on",
      ...held.map(({ type, name }) => `${type === "table" ? "delete from" : "drop trigger"} "${name}"`),
    ].map((text) => database.prepare(text)),
  );
}
