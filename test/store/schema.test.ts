import { expect, test } from "vitest";
import { fromMigrations, fromSchema, schemaText, shapeOf, tablesOf } from "./schema-shape.ts";

test("schema.sql is what all migrations applied leave", () => {
  expect(shapeOf(fromSchema())).toEqual(shapeOf(fromMigrations()));
});

test("neither schema.sql nor the migrations make anything but tables and indexes", () => {
  const kinds = (connection: ReturnType<typeof fromSchema>) =>
    connection.prepare("select distinct type from sqlite_schema order by type").pluck().all();
  expect(kinds(fromSchema())).toEqual(["index", "table"]);
  expect(kinds(fromMigrations())).toEqual(["index", "table"]);
});

test("every table is strict", () => {
  const connection = fromSchema();
  const strict = connection.prepare("select name from pragma_table_list where strict = 1 and schema = 'main'").pluck();
  expect(strict.all().sort()).toEqual(tablesOf(connection));
});

/** A line that makes an index or a constraint; `not null` and a plain number as key explain themselves. */
const makes =
  /\b(?:create (?:unique )?index|unique\b|check \(|references\b|(?:text|integer) primary key check|text primary key|primary key \()/;

/** The lines that make something and the comment that stands on them, or on the next lines of the same index. */
function unexplained(text: string): string[] {
  const lines = text.split("\n");
  return lines.filter((line, at) => {
    if (!makes.test(line.replace(/--.*/, ""))) return false;
    const end = line.startsWith("create") ? lines.findIndex((one, place) => place >= at && one.includes(";")) : at;
    return !lines.slice(at, end + 1).some((one) => one.includes(" -- "));
  });
}

test("every index and every constraint in schema.sql says why it is there", () => {
  expect(unexplained(schemaText)).toEqual([]);
});

test("an index or a constraint without a why would be found", () => {
  const planted = [
    "create index a on b (c);",
    "create unique index a on b (c)",
    "  where d is null;",
    "  status text not null check (status in ('x')),",
    "  newsletter integer references newsletters (id),",
    "  unique (a, b)",
    "  primary key (a, b)",
  ];
  expect(unexplained(planted.join("\n"))).toEqual(planted.filter((line) => !line.includes("where")));
  expect(unexplained("create index a on b (c)\n  where d is null; -- why\n  unique (a) -- why")).toEqual([]);
});
