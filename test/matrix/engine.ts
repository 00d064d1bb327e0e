import type { CompiledQuery } from "kysely";
import { AppError } from "../../src/errors.ts";
import { openFile, sqliteEngine } from "../../src/node/engine.ts";
import { openStore } from "../../src/store/open.ts";
import type { Engine, Store } from "../../src/store/store.ts";

/** What goes wrong with one write: its answer is lost behind the commit (REL-17), or nothing of it is carried out. */
export type Loss = "answer" | "write";

/** A store on a database file whose nth write from `arm` on goes wrong, once. */
export interface Frail {
  readonly store: Store;
  /** Counts from here; 0 arms nothing. */
  arm(nth: number, loss: Loss): void;
  /** Whether it has gone wrong since. */
  struck(): boolean;
  close(): void;
}

const reads = /^\s*(?:select|explain)\b/i;

/** Opens one beside whoever else has the file open. */
export function openFrail(path: string): Frail {
  const connection = openFile(path);
  const engine = sqliteEngine(connection);
  let left = 0;
  let loss: Loss = "answer";
  let struck = false;

  async function carry<Result>(queries: readonly CompiledQuery[], run: () => Promise<Result>): Promise<Result> {
    if (queries.every((query) => reads.test(query.sql))) return run();
    left -= 1;
    if (left !== 0) return run();
    struck = true;
    if (loss === "answer") await run();
    throw new AppError("unavailable", `the ${loss} was lost`);
  }

  const frail: Engine = {
    run: (query) => carry([query], () => engine.run(query)),
    batch: (queries) => carry(queries, () => engine.batch(queries)),
  };
  return {
    store: openStore(frail),
    arm: (nth, what) => {
      [left, loss, struck] = [nth, what, false];
    },
    struck: () => struck,
    close: () => connection.close(),
  };
}
