import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A field of a row type, taken apart. */
export interface Field {
  readonly name: string;
  readonly generated: boolean;
  readonly nullable: boolean;
  /** "number", "string", or the literals of a union, sorted. */
  readonly type: string;
}

/** The row types as text. */
export const rowsText = ["rows.ts", "ledger-rows.ts"]
  .map((name) => readFileSync(join(import.meta.dirname, "../../src/store", name), "utf8"))
  .join("\n");

/** Row types by table name, as `Tables` maps them. Knows just the few forms that rows.ts uses, and throws for others. */
export function readRowTypes(text: string): Map<string, Field[]> {
  const bodies = new Map(
    [...text.matchAll(/^export interface (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, name = "", body = ""]) => [name, body]),
  );
  const tables = members(bodies.get("Tables") ?? "");
  return new Map(tables.map(([table, type]) => [table, members(bodies.get(type) ?? "").map(readField)]));
}

function members(body: string): [string, string][] {
  const lines = body.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const found = /^ {2}(\w+): (.+);$/.exec(line);
    if (found === null) throw new Error(`rows.ts has a line of another form: ${line}`);
    return [found[1] ?? "", found[2] ?? ""];
  });
}

function readField([name, written]: [string, string]): Field {
  const inner = /^Generated<(.+)>$/.exec(written);
  const parts = (inner?.[1] ?? written).split(" | ");
  const kinds = parts.filter((part) => part !== "null").map((part) => part.replaceAll('"', "'"));
  return {
    name,
    generated: inner !== null,
    nullable: parts.includes("null"),
    type: kinds.sort().join(" | "),
  };
}
