import { sql } from "kysely";
import type { Store } from "../../src/store/store.ts";
import type { World } from "../world.ts";

/** Every row of every table, as text; when a token was last used is left out, for that is all a GET may note. */
export function dump({ ctx }: Pick<World, "ctx">): Promise<string> {
  return dumpStore(ctx.store);
}

/** The same of a store. */
export async function dumpStore({ db }: Store): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select name from sqlite_schema where type = 'table' and substr(name, 1, 4) <> '_cf_' order by name`.execute(db);
  const held: [string, unknown[]][] = [];
  for (const { name } of tables) held.push([name, (await sql`select * from ${sql.table(name)}`.execute(db)).rows]);
  return JSON.stringify(held, (key, value) => (key === "last_used_at" ? undefined : value), 1);
}
