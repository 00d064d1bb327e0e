import { createTableKeep } from "../../src/provider/table-keep.ts";
import { type D1Database, type D1Statement, d1Engine } from "../../src/store/d1.ts";
import { openStore } from "../../src/store/open.ts";
import { createContext, settleIn } from "../../src/worker/context.ts";
import { bound, emptied, worlds } from "../worker/bindings.ts";
import type { Beside, Prepared } from "./beside.ts";
import { dumpStore } from "./dump.ts";
import { type Given, type House, ringText } from "./house.ts";

const free = Array.from({ length: worlds }, (_, at) => bound[`WORLD_${at}`]).filter((one) => one !== undefined);

/** There are no files here. */
export const onDisk = false;

/** A context over a database of D1 that nobody else uses; only clock, randomness and key ring are the test's. */
export async function openHouse({ environment, provider, keepClock, bell, ...own }: Given): Promise<House> {
  const database = free.shift();
  if (database === undefined) throw new Error(`more than ${worlds} worlds are open at the same time`);
  await emptied(database);
  const firstToken = "first-token-of-this-world-000000";
  const bindings = {
    ...bound,
    ...environment,
    DB: database,
    TIDINGS_KEY_RING: ringText,
    TIDINGS_FIRST_TOKEN: firstToken,
  };
  const keep = createTableKeep(openStore(d1Engine(database)), keepClock);
  const ctx = createContext(bindings, { bell: bell ?? { ring() {} }, own: { ...own, provider: provider(keep) } });
  await settleIn(ctx, bindings);
  let isOpen = true;
  return {
    ctx,
    firstToken,
    folder: "",
    another: async (other) => ({ ctx: createContext(bindings, { bell: { ring() {} }, own: other }), close() {} }),
    beside: () => besideDatabase(database),
    close: () => {
      if (isOpen) free.push(database);
      isOpen = false;
    },
  };
}

/** Statements beside an installation on D1. */
export function besideDatabase(database: D1Database): Beside {
  return {
    prepare: <_Values, Row>(text: string) => prepared<Row>(database, text, (row) => row as Row),
    exec: async (text) => {
      await database.batch(statements(text).map((one) => database.prepare(one)));
    },
    // Nothing tells it of D1 from outside: the rows themselves.
    version: () => dumpStore(openStore(d1Engine(database))),
    close() {},
  };
}

function prepared<Row>(
  database: D1Database,
  text: string,
  shape: (row: Record<string, unknown>) => Row,
): Prepared<Row> {
  const run = (values: readonly unknown[]) => bind(database, text, values).run();
  const all = async (...values: readonly unknown[]) =>
    ((await run(values)).results ?? []).map((row) => shape(row as Record<string, unknown>));
  return {
    all,
    get: async (...values) => (await all(...values))[0],
    run: async (...values) => ({ changes: (await run(values)).meta.changes ?? 0 }),
    pluck: () => prepared(database, text, (row) => Object.values(row)[0] as Row),
    raw: () => prepared(database, text, (row) => Object.values(row) as Row),
  };
}

/** D1 takes values by their place only: names become numbers. */
function bind(database: D1Database, text: string, values: readonly unknown[]): D1Statement {
  const [named] = values;
  if (typeof named !== "object" || named === null) return database.prepare(text).bind(...values);
  const entries = Object.entries(named).filter(([name]) => new RegExp(`@${name}\\b`).test(text));
  const numbered = entries.reduce(
    (done, [name], at) => done.replaceAll(new RegExp(`@${name}\\b`, "g"), `?${at + 1}`),
    text,
  );
  return database.prepare(numbered).bind(...entries.map(([, value]) => value));
}

/** The statements of a text: they end with a semicolon, but not inside a trigger or a string. */
function statements(text: string): string[] {
  if (/create trigger/i.test(text)) return [text];
  return text
    .split(/;(?=(?:[^']*'[^']*')*[^']*$)/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
