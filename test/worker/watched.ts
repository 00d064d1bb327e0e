import type { D1Database, D1Result, D1Statement } from "../../src/store/d1.ts";

/** Told of each call before it runs: whether it writes, and how many statements it makes. What it returns is called once that has run. */
export type Watch = (writes: boolean, statements: number) => (() => void) | undefined;

/** A database whose calls are watched. A watch that throws stops the call; thrown by what it returned, it hides the answer. */
export function watched(database: D1Database, watch: Watch): D1Database {
  const texts = new WeakMap<D1Statement, { real: D1Statement; sql: string }>();
  async function call<T>(writes: boolean, statements: number, run: () => Promise<T>): Promise<T> {
    const after = watch(writes, statements);
    const done = await run();
    after?.();
    return done;
  }
  function wrap(real: D1Statement, sql: string): D1Statement {
    const statement: D1Statement = {
      bind: (...values) => wrap(real.bind(...values), sql),
      run: () => call<D1Result>(isWrite(sql), 1, () => real.run()),
    };
    texts.set(statement, { real, sql });
    return statement;
  }
  return {
    prepare: (sql) => wrap(database.prepare(sql), sql),
    batch: (list) => {
      const known = list.map((one) => texts.get(one) ?? { real: one, sql: "" });
      return call(
        known.some(({ sql }) => isWrite(sql)),
        list.length,
        () => database.batch(known.map(({ real }) => real)),
      );
    },
  };
}

function isWrite(sql: string): boolean {
  return !/^\s*(?:select|explain)\b/i.test(sql);
}
