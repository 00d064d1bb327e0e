import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { conceptRule, honoRule, providerRule } from "./architecture/rules/edges.ts";
import { exportRule, fileLength, fileLengthRule, functionLengthRule, nameRule } from "./architecture/rules/files.ts";
import { lineRule } from "./architecture/rules/line.ts";
import { nodeRule, workerRule } from "./architecture/rules/platform.ts";
import { ringRule } from "./architecture/rules/rings.ts";
import { owners, shellRule, tableRule } from "./architecture/rules/tables.ts";
import { readFiles, readTree } from "./architecture/source.ts";

const rules = [
  lineRule,
  ringRule,
  nodeRule,
  workerRule,
  honoRule,
  conceptRule,
  providerRule,
  tableRule,
  shellRule,
  exportRule,
  nameRule,
  fileLengthRule,
  functionLengthRule,
];

const tree = readTree(["src", "test", "bench", "examples", "build"]);

describe.each(rules)("$name", (rule) => {
  test("in this tree", () => {
    const read = tree.filter(({ path }) => rule.scope.includes(path.split("/")[0] ?? ""));
    expect(read.length).toBeGreaterThan(0);
    expect(rule.check(read)).toEqual([]);
  });

  test.each(Object.entries(rule.planted))("a planted fault is found: %s", (_, files) => {
    expect(rule.check(readFiles(files))).not.toEqual([]);
  });

  test.each(Object.entries(rule.spared))("a near miss is spared: %s", (_, files) => {
    expect(rule.check(readFiles(files))).toEqual([]);
  });
});

test("every table of schema.sql has an owner", () => {
  const schema = readFileSync(new URL("../schema.sql", import.meta.url), "utf8");
  const tables = [...schema.matchAll(/^create table (?:if not exists )?(\w+)/gim)].map((match) => match[1]);
  expect(tables.length).toBeGreaterThan(0);
  expect(Object.keys(owners).sort()).toEqual(tables.sort());
});

const lengths = tree
  .filter(({ path }) => path.startsWith("src/"))
  .map(({ text }) => fileLength(text))
  .sort((a, b) => a - b);
const median = lengths[Math.floor(lengths.length / 2)] ?? 0;

test(`the median file of src is short: ${median} lines in ${lengths.length} files, where 70 is the aim`, () => {
  expect(median).toBeLessThanOrEqual(100);
});
