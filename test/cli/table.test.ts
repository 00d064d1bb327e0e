import { expect, test } from "vitest";
import { sheet, table } from "../../src/cli/table.ts";

const heads = [{ title: "id", align: "right" } as const, { title: "name" }, { title: "note" }];

test("columns line up under their headings, numbers to the right", () => {
  const rows = [
    ["1", "Ada", "first"],
    ["1000", "田中", ""],
  ];
  expect(table(heads, rows, Number.POSITIVE_INFINITY).split("\n")).toEqual([
    "  ID  NAME  NOTE",
    "   1  Ada   first",
    "1000  田中",
  ]);
});

test("the last column is cut where the terminal ends", () => {
  const row = table(heads, [["1", "Ada", "a long remark that goes on"]], 24).split("\n")[1];
  expect(row).toBe(" 1  Ada   a long remark…");
  expect(row).toHaveLength(24);
});

test("a cell stays one line and steers nothing", () => {
  expect(table(heads, [["1", "A\nda\x1b[2J", "x"]], Number.POSITIVE_INFINITY)).toContain("A da  x");
});

test("a sheet goes on below a value of several lines, and shows what is empty", () => {
  const lines = sheet([
    ["name", "Ada"],
    ["postal address", "4 Quay\nPort"],
    ["contact", ""],
  ]);
  expect(lines.split("\n")).toEqual([
    "name            Ada",
    "postal address  4 Quay",
    "                Port",
    "contact         –",
  ]);
});
