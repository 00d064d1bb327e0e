import { expect, test } from "vitest";
import { type Field, readRowTypes, rowsText } from "./row-types.ts";
import { type Column, columnsOf, fromSchema, madeBy, tablesOf } from "./schema-shape.ts";

/** The row types that the schema asks for. */
function wanted(): Map<string, Field[]> {
  const connection = fromSchema();
  return new Map(
    tablesOf(connection).map((table) => {
      const sql = madeBy(connection, table);
      return [table, columnsOf(connection, table).map((column) => fieldOf(column, sql))];
    }),
  );
}

function fieldOf(column: Column, sql: string): Field {
  const keyOfItsOwn = new RegExp(`\\b${column.name} integer primary key autoincrement`).test(sql);
  const words = new RegExp(`check \\(${column.name} in \\(('[^)]*')\\)\\)`).exec(sql)?.[1];
  const type = column.type === "INTEGER" ? "number" : "string";
  return {
    name: column.name,
    generated: keyOfItsOwn || column.dflt_value !== null,
    nullable: column.notnull === 0 && column.pk === 0,
    type: words === undefined ? type : words.split(", ").sort().join(" | "),
  };
}

test("the row types mirror the schema: tables, columns and their order, types, null, defaults and allowed words", () => {
  const rows = readRowTypes(rowsText);
  expect([...rows.keys()].sort()).toEqual([...wanted().keys()]);
  for (const [table, fields] of wanted()) expect(rows.get(table), table).toEqual(fields);
});

test("a row type that differs in any of these would be found", () => {
  const truth = JSON.stringify([...wanted()]);
  const changes: [RegExp, string][] = [
    [/ {2}privacy_url: .*\n/, ""],
    [/last_used_at: number \| null/, "last_used_at: number"],
    [/reply_to: string \| null/, "reply_to: number | null"],
    [/confirm_hours: Generated<number>/, "confirm_hours: number"],
    [/"pending" \| "active" \| /, '"pending" | '],
    [/ {2}slug: string;\n {2}name: string;/, "  name: string;\n  slug: string;"],
    [/ {2}throttles: .*\n/, ""],
  ];
  const order = [...wanted().keys()];
  const read = (text: string) => {
    const rows = readRowTypes(text);
    return JSON.stringify(order.map((table) => [table, rows.get(table)]));
  };
  expect(read(rowsText)).toBe(truth);
  for (const [from, to] of changes) {
    const changed = rowsText.replace(from, to);
    expect(changed, String(from)).not.toBe(rowsText);
    expect(read(changed), String(from)).not.toBe(truth);
  }
});
