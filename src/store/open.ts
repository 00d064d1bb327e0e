import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { Tables } from "./rows.ts";
import type { Done, Engine, Store } from "./store.ts";

/** A store over a platform's engine. */
export function openStore(engine: Engine): Store {
  const db = new Kysely<Tables>({ dialect: engineDialect(engine) });
  return {
    db,
    async commit(...queries) {
      const compiled = queries.map((query) => query.compile(db));
      if (compiled.length === 0) return [] as never;
      return (await engine.batch(compiled)) as never;
    },
  };
}

function engineDialect(engine: Engine): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createDriver: () => ({
      async init() {},
      acquireConnection: async () => connect(engine),
      // D1 has no interactive transactions; refusing them here keeps every verb portable.
      beginTransaction: () => refuse(),
      commitTransaction: () => refuse(),
      rollbackTransaction: () => refuse(),
      async releaseConnection() {},
      async destroy() {},
    }),
  };
}

function connect(engine: Engine): DatabaseConnection {
  return {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const done = (await engine.run(query)) as Done<R>;
      return { rows: done.rows, numAffectedRows: BigInt(done.changes) };
    },
    // biome-ignore lint/correctness/useYield: Kysely's interface; pages are read by key instead of streamed.
    async *streamQuery() {
      throw new Error("Tidings reads by keyset pages, not by streams");
    },
  };
}

async function refuse(): Promise<never> {
  throw new Error("Tidings has no interactive transactions; use store.commit(...queries)");
}
