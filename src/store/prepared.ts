import { type CompiledQuery, type QueryExecutorProvider, type RawBuilder, sql } from "kysely";
import type { Query } from "./store.ts";

/** Values that statements are made for before they are known. */
export type Slots<V> = { readonly [K in keyof V]: RawBuilder<V[K]> };

/** Statements with their values. */
export type Prepared<V> = (provider: QueryExecutorProvider, values: V) => Query[];

const slot = Symbol("slot");

/**
 * Compiles statements once and fills them for each request: compiling costs more than running them. `build` must not look at
 * its slots: they are SQL, and their values come later.
 */
export function prepareStatements<V extends object>(build: (at: Slots<V>) => readonly Query[]): Prepared<V> {
  let compiled: readonly CompiledQuery[] | null = null;
  return (provider, values) => {
    compiled ??= build(slots<V>()).map((query) => query.compile(provider));
    return compiled.map((query) => {
      const parameters = query.parameters.map((held) => (isSlot(held) ? values[held[slot] as keyof V] : held));
      return { compile: () => ({ ...query, parameters }) };
    });
  };
}

function slots<V>(): Slots<V> {
  const at = new Proxy({}, { get: (_, name) => sql`${{ [slot]: name }}` });
  return at as Slots<V>;
}

function isSlot(held: unknown): held is { [slot]: PropertyKey } {
  return typeof held === "object" && held !== null && slot in held;
}
