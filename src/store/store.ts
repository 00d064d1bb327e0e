import type { CompiledQuery, Kysely, QueryExecutorProvider } from "kysely";
import type { Tables } from "./rows.ts";

/** Anything that compiles to one statement: a Kysely builder or an sql`` expression. */
export interface Query<R = unknown> {
  compile(provider: QueryExecutorProvider): CompiledQuery<R>;
}

/** What one statement did: its returned rows, and the number of rows it wrote. */
export interface Done<R = unknown> {
  readonly rows: R[];
  readonly changes: number;
}

/** `db` for reads and single statements; `commit` for several, all or none. There are no other transactions. */
export interface Store {
  readonly db: Kysely<Tables>;
  /** Runs the statements in order in one durable transaction; results keep their places. Throws and leaves nothing behind if one fails. */
  commit<const Q extends readonly Query[]>(
    ...queries: Q
  ): Promise<{ [K in keyof Q]: Q[K] extends Query<infer R> ? Done<R> : never }>;
}

/** What a platform brings: ten lines each on better-sqlite3 and D1 (STACK §4.2). */
export interface Engine {
  run(query: CompiledQuery): Promise<Done>;
  batch(queries: readonly CompiledQuery[]): Promise<Done[]>;
}
