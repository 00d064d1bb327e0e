import { openFile } from "../../src/node/engine.ts";
import type { World } from "../world.ts";

/** Every row of every table, as text; when a token was last used is left out, for that is all a GET may note. */
export function dump(world: World): string {
  const connection = openFile(world.config.database);
  const tables = connection
    .prepare<[], { name: string }>("select name from sqlite_schema where type = 'table' order by name")
    .all();
  const rows = tables.map(({ name }) => [name, connection.prepare(`select * from "${name}"`).all()]);
  connection.close();
  return JSON.stringify(rows, (key, value) => (key === "last_used_at" ? undefined : value), 1);
}
