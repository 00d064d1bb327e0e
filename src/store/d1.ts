import type { CompiledQuery } from "kysely";
import { AppError } from "../errors.ts";
import { explainLock } from "./lock.ts";
import type { Done, Engine } from "./store.ts";

/** The part of Cloudflare's D1 binding that Tidings uses. */
export interface D1Database {
  prepare(sql: string): D1Statement;
  /** In order, all or none. */
  batch(statements: readonly D1Statement[]): Promise<D1Result[]>;
}

export interface D1Statement {
  bind(...values: readonly unknown[]): D1Statement;
  run(): Promise<D1Result>;
}

export interface D1Result {
  readonly results?: readonly unknown[];
  readonly meta: { readonly changes?: number };
}

/**
 * The engine over a D1 database. `counted` is told the number of statements before they run: an invocation may make so many only.
 * An error may hide a commit that was made (its answer was lost): verbs are written to be repeated.
 */
export function d1Engine(database: D1Database, counted: (statements: number) => void = () => {}): Engine {
  const prepare = (query: CompiledQuery) => database.prepare(query.sql).bind(...query.parameters.map(bindable));

  async function batch(queries: readonly CompiledQuery[]): Promise<Done[]> {
    counted(queries.length);
    try {
      return (await database.batch(queries.map(prepare))).map(done);
    } catch (fault) {
      throw explainD1(fault);
    }
  }

  return {
    batch,
    async run(query) {
      counted(1);
      try {
        return done(await prepare(query).run());
      } catch (fault) {
        throw explainD1(fault);
      }
    },
  };
}

function done({ results = [], meta }: D1Result): Done {
  return { rows: [...results], changes: meta.changes ?? results.length };
}

/** D1 throws on undefined, which better-sqlite3 takes for null. */
function bindable(value: unknown): unknown {
  return value === undefined ? null : value;
}

/** Faults of D1 that pass or that an operator can mend, said so; anything else is a bug and stays as it is. */
export function explainD1(fault: unknown): unknown {
  const locked = explainLock(fault);
  if (locked !== null) return locked;
  const words = fault instanceof Error ? fault.message : String(fault);
  if (/no such table/i.test(words)) {
    return unavailable(
      "The database has not been set up, or is older than this program.",
      "Run: npx wrangler d1 migrations apply DB --remote",
      fault,
    );
  }
  if (/database or disk is full|exceeded maximum DB size|storage limit|SQLITE_FULL/i.test(words)) {
    return unavailable("The database has reached D1's limit: nothing was written.", "See docs/scale.md.", fault);
  }
  if (
    /overloaded|timed? ?out|reset because|network connection lost|storage caused object|internal error/i.test(words)
  ) {
    return unavailable("D1 did not answer in time.", "Try again; if it stays so, see Cloudflare's status page.", fault);
  }
  return fault;
}

function unavailable(message: string, hint: string, cause: unknown): AppError {
  return new AppError("unavailable", message, { hint }, { cause });
}
