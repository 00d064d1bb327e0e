import type { Token } from "./tokens.ts";

/** One way in which a file names another module. */
export interface Import {
  /** Null where the path is computed, so that no reader of the source can follow it. */
  readonly specifier: string | null;
  readonly kind: "value" | "type" | "dynamic" | "effect" | "re-export";
  readonly line: number;
}

/** Every module a file names: imports of all kinds, `export … from`, `import("x").Y` in types, `require`. */
export function readImports(tokens: readonly Token[]): readonly Import[] {
  const found: Import[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== "word" || isName(tokens, index)) continue;
    if (token.text === "require" && tokens[index + 1]?.text === "(") found.push(readCall(tokens, index));
    if (token.text === "export") push(found, readReExport(tokens, index));
    if (token.text !== "import") continue;
    const next = tokens[index + 1];
    if (next?.kind === "string") found.push({ specifier: next.text, kind: "effect", line: token.line });
    else if (next?.text === "(") found.push(readCall(tokens, index));
    else if (next?.text !== ".") push(found, readClause(tokens, index));
  }
  return found;
}

function push(found: Import[], entry: Import | undefined): void {
  if (entry !== undefined) found.push(entry);
}

/** `x.import`, `{ import: 1 }` and `import?: string` are names like any other. */
function isName(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]?.text;
  const after = tokens[index + 1]?.text;
  return before === "." || before === "?." || after === ":" || after === "?";
}

function readCall(tokens: readonly Token[], index: number): Import {
  const path = tokens[index + 2];
  const end = tokens[index + 3]?.text;
  const literal =
    path !== undefined && (path.kind === "string" || path.kind === "template") && (end === ")" || end === ",");
  return { specifier: literal ? path.text : null, kind: "dynamic", line: tokens[index]?.line ?? 0 };
}

/** Follows `import a, { type b }` up to its `from "path"`. */
function readClause(tokens: readonly Token[], index: number): Import | undefined {
  for (let at = index + 1; at < tokens.length; at += 1) {
    const token = tokens[at];
    const path = tokens[at + 1];
    if (token?.text === ";" || token === undefined) return undefined;
    if (token.kind !== "word" || token.text !== "from" || path?.kind !== "string") continue;
    const typed = tokens[index + 1]?.text === "type" && at > index + 2;
    return { specifier: path.text, kind: typed ? "type" : "value", line: tokens[index]?.line ?? 0 };
  }
  return undefined;
}

/** `export { a } from`, `export * from`, and both with `type`; other exports name no module. */
function readReExport(tokens: readonly Token[], index: number): Import | undefined {
  let at = index + 1;
  if (tokens[at]?.text === "type") at += 1;
  if (tokens[at]?.text !== "{" && tokens[at]?.text !== "*") return undefined;
  const end = tokens[at]?.text === "{" ? "}" : "from";
  while (at < tokens.length && tokens[at]?.text !== end) at += 1;
  if (end === "}") at += 1;
  const path = tokens[at + 1];
  if (tokens[at]?.text !== "from" || path?.kind !== "string") return undefined;
  return { specifier: path.text, kind: "re-export", line: tokens[index]?.line ?? 0 };
}

/** A named fault of an export list: a barrel's star, or a default. */
export interface OddExport {
  readonly what: "star" | "default";
  readonly line: number;
}

/** Every `export *` (also `as name`, also of types) and every default export, `export { x as default }` included. */
export function readOddExports(tokens: readonly Token[]): readonly OddExport[] {
  const found: OddExport[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== "word" || token.text !== "export" || isName(tokens, index)) continue;
    const at = tokens[index + 1]?.text === "type" ? index + 2 : index + 1;
    const next = tokens[at]?.text;
    if (next === "*") found.push({ what: "star", line: token.line });
    if (next === "default") found.push({ what: "default", line: token.line });
    if (next !== "{") continue;
    for (let i = at + 1; i < tokens.length && tokens[i]?.text !== "}"; i += 1) {
      const last = tokens[i + 1]?.text === "," || tokens[i + 1]?.text === "}";
      if (tokens[i]?.text === "default" && last) found.push({ what: "default", line: token.line });
    }
  }
  return found;
}
