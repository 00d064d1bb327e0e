import { expect, test } from "vitest";
import { freight } from "../../src/transfer/tables.ts";
import { fromSchema, tablesOf } from "../store/schema-shape.ts";

const connection = fromSchema();
const stays: Readonly<Record<string, readonly string[]>> = {
  instance: ["served_url", "served_provider", "seen_at", "held"],
  tokens: ["id", "last_used_at"],
};
const staysWhole = ["outbox_keys", "outbox_mails", "outlets"];

test("every table moves but those of the place", () => {
  expect([...freight.map(({ name }) => name), ...staysWhole].sort()).toEqual(tablesOf(connection));
});

test.each(freight)("of $name every column moves but those of the place", ({ name, columns }) => {
  const all = connection
    .prepare(`select name from pragma_table_info('${name}') order by cid`)
    .pluck()
    .all() as string[];
  expect([...columns, ...(stays[name] ?? [])].sort()).toEqual(all.sort());
});

test.each(freight)("$name comes after its parents, and names them as the schema does", ({ name, parents }) => {
  const keys = connection
    .prepare<[], { from: string; table: string }>(`select "from", "table" from pragma_foreign_key_list('${name}')`)
    .all();
  expect(parents).toEqual(Object.fromEntries(keys.map((key) => [key.from, key.table])));
  const place = (table: string) => freight.findIndex((one) => one.name === table);
  for (const parent of Object.values(parents)) expect(place(parent)).toBeLessThan(place(name));
});

test.each(freight)(
  "$name travels by a key that is unique, and counts ids where the schema does",
  ({ name, key, counts }) => {
    const columns = connection
      .prepare<[], { name: string; pk: number }>(`select name, pk from pragma_table_info('${name}')`)
      .all();
    const primary = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
    expect(key).toEqual(name === "tokens" ? ["hash"] : primary.map((one) => one.name));
    const made = connection.prepare("select sql from sqlite_schema where name = ?").pluck().get(name) as string;
    expect(counts).toBe(name !== "tokens" && /autoincrement/.test(made));
  },
);
