import type { CompiledQuery } from "kysely";
import { createApp } from "../../src/app.ts";
import { openFile, sqliteEngine } from "../../src/node/engine.ts";
import { openStore } from "../../src/store/open.ts";
import type { World } from "../world.ts";

/** What went to the database since the last look. */
export interface Counted {
  /** Texts of the statements, in order. */
  readonly statements: string[];
  /** Rows inserted, changed or deleted, cascades included. */
  readonly rows: number;
}

/** The world's app over a connection of its own that notes every statement. */
export interface CountingApp {
  readonly app: World["app"];
  readonly ctx: World["ctx"];
  /** Every query as it was run, for `explain query plan`. */
  readonly queries: CompiledQuery[];
  count(): Counted;
  close(): void;
}

let copies = 0;

/** Opens one, on the world's database or on a copy as it stands now, `patience` as openFile takes it; close it before the world. */
export function countingApp(world: World, how: { copy?: boolean; patience?: number } = {}): CountingApp {
  let file = world.config.database;
  if (how.copy === true) {
    copies += 1;
    file = `${file}.copy-${copies}`;
    copyDatabase(world.config.database, file);
  }
  const connection = openFile(file, how.patience);
  const engine = sqliteEngine(connection);
  const total = () => connection.prepare("select total_changes()").pluck().get() as number;
  const queries: CompiledQuery[] = [];
  let seen = 0;
  let rows = total();
  const store = openStore({
    run: (query) => {
      queries.push(query);
      return engine.run(query);
    },
    batch: (several) => {
      queries.push(...several);
      return engine.batch(several);
    },
  });
  const ctx = { ...world.ctx, store };
  return {
    app: createApp(ctx),
    ctx,
    queries,
    count() {
      const counted = { statements: queries.slice(seen).map((query) => query.sql), rows: total() - rows };
      seen = queries.length;
      rows = total();
      return counted;
    },
    close: () => connection.close(),
  };
}

function copyDatabase(from: string, to: string): void {
  const connection = openFile(from);
  connection.prepare("vacuum into ?").run(to);
  connection.close();
}
