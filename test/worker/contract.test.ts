import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { createTableKeep } from "../../src/provider/table-keep.ts";
import { d1Engine } from "../../src/store/d1.ts";
import { openStore } from "../../src/store/open.ts";
import { keepContract } from "../contract/keep.ts";
import { outboxRig } from "../contract/outbox.ts";
import { providerContract } from "../contract/provider.ts";
import { storeContract } from "../contract/store.ts";
import { bound, emptied } from "./bindings.ts";

async function close(): Promise<void> {}

storeContract("D1", async () => {
  await emptied(bound.DB);
  return { engine: d1Engine(bound.DB), another: async () => d1Engine(bound.DB), close };
});

keepContract("in tables of D1", async (clock) => {
  await emptied(bound.DB);
  const another = () => createTableKeep(openStore(d1Engine(bound.DB)), () => clock.now);
  return { keep: another(), another, clock, close };
});

providerContract("outbox in D1", async () => {
  await emptied(bound.DB);
  return outboxRig((clock) => createTableKeep(openStore(d1Engine(bound.DB)), clock), close);
});

describe("D1", () => {
  const open = async () => openStore(d1Engine(await emptied(bound.DB)));

  test("takes a hundred values, and refuses one more: lists travel as JSON", async () => {
    const store = await open();
    const of = (count: number) =>
      sql<{
        n: number;
      }>`select count(*) n from (values ${sql.join(Array.from({ length: count }, (_, at) => sql`(${at})`))})`;
    expect((await of(100).execute(store.db)).rows).toEqual([{ n: 100 }]);
    await expect(of(101).execute(store.db)).rejects.toThrow(/too many SQL variables/);
  });

  test("reads a value that is not there as null, as better-sqlite3 does", async () => {
    const store = await open();
    const { rows } = await sql`select ${undefined} a, ${null} b`.execute(store.db);
    expect(rows).toEqual([{ a: null, b: null }]);
  });

  test("refuses patterns of more than fifty bytes, so that nothing of Tidings searches by one that it is given", async () => {
    const store = await open();
    await expect(sql`select 'a' like ${"%".repeat(51)}`.execute(store.db)).rejects.toThrow(/pattern too complex/i);
    const sources = import.meta.glob(["../../src/**/*.ts", "!**/node/**"], { query: "?raw", import: "default" });
    // These two are short words of Tidings' own.
    const made =
      /\b(?:like|glob) (?!\$\{`\$\{(?:limitWords|proof\.wholeMark)\})(?:\$\{|'[^']*' \|\|)|"(?:not )?(?:like|glob)"/;
    for (const [path, read] of Object.entries(sources)) expect(String(await read()), path).not.toMatch(made);
  });

  test("says of a database without tables what brings them", async () => {
    const store = await open();
    const asked = sql`select * from no_such_table`.execute(store.db);
    await expect(asked).rejects.toMatchObject({
      code: "unavailable",
      details: { hint: expect.stringContaining("migrations apply") },
    });
  });

  test("is told of how many statements it runs, single ones and those of commits", async () => {
    const counts: number[] = [];
    const store = openStore(d1Engine(await emptied(bound.DB), (several) => counts.push(several)));
    await sql`select 1`.execute(store.db);
    await store.commit(sql`select 1`, sql`select 2`, sql`select 3`);
    expect(counts).toEqual([1, 3]);
  });
});
