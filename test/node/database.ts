import { rmSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { openFile, sqliteEngine } from "../../src/node/engine.ts";
import { migrate } from "../../src/node/migrate.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { scratchFolder } from "../world/scratch.ts";

/** A migrated database in a folder of its own. */
export interface OwnDatabase {
  readonly folder: string;
  readonly file: string;
  readonly connection: ReturnType<typeof openFile>;
  readonly store: Store;
  [Symbol.dispose](): void;
}

/** Opens one; `patience` in ms as openFile takes it. */
export function ownDatabase(patience?: number): OwnDatabase {
  const folder = scratchFolder("database");
  const file = join(folder, "tidings.db");
  const connection = openFile(file, patience);
  migrate(connection);
  return {
    folder,
    file,
    connection,
    store: openStore(sqliteEngine(connection)),
    [Symbol.dispose]() {
      connection.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Statement: keeps a text under a name. */
export function keep(name: string, text = name) {
  return sql`insert into wordings (hash, text, first_shown_at) values (${name}, ${text}, 1)`;
}

/** The names kept so far. */
export async function kept(store: Store): Promise<string[]> {
  const rows = await store.db.selectFrom("wordings").select("hash").orderBy("hash").execute();
  return rows.map((row) => row.hash);
}
