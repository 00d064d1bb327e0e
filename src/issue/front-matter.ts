import { isAlias, isMap, isScalar, LineCounter, type Pair, type ParsedNode, parseDocument } from "yaml";
import type { Fault } from "../mail/fault.ts";
import type { Place } from "../mail/fields.ts";
import { nearest } from "../nearest.ts";
import type { FileRule } from "./file-rules.ts";
import { explainSyntax, quoted } from "./syntax.ts";

/** The settings that an issue file may hold. */
export const issueKeys = ["newsletter", "subject", "preheader", "slug", "date"] as const;

/** The name of one setting. */
export type IssueKey = (typeof issueKeys)[number];

/** One setting: its text, where in the file the value begins, and where its first letter stands if it is in quotes. */
export interface Setting extends Place {
  readonly text: string;
  readonly letter: Place;
}

/** The settings that could be read, the keys that were meant (even where the value is faulty), and all faults. */
export interface FrontMatter {
  readonly settings: ReadonlyMap<IssueKey, Setting>;
  readonly meant: ReadonlySet<IssueKey>;
  readonly faults: readonly Fault[];
}

interface Problem {
  readonly rule: FileRule;
  readonly message: string;
  readonly hint: string;
}

interface Reading {
  readonly yaml: string;
  readonly place: (offset: number) => Place;
  readonly settings: Map<IssueKey, Setting>;
  readonly meant: Map<IssueKey, number>;
  readonly faults: Fault[];
}

const otherNames: ReadonlyMap<string, IssueKey> = new Map([
  ["title", "subject"],
  ["headline", "subject"],
  ["preview", "preheader"],
  ["summary", "preheader"],
  ["description", "preheader"],
  ["excerpt", "preheader"],
  ["list", "newsletter"],
  ["permalink", "slug"],
  ["published", "date"],
  ["publish_date", "date"],
]);
const ofTheNewsletter: ReadonlySet<string> = new Set([
  "from",
  "sender",
  "sender_name",
  "sender_address",
  "reply_to",
  "language",
  "name",
  "image",
]);

/** Reads the lines between the dashes, with LF line ends; `firstLine` is the file's line of the first of them. */
export function readFrontMatter(yaml: string, firstLine: number): FrontMatter {
  const lineCounter = new LineCounter();
  const place = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: firstLine + line - 1, column: col };
  };
  const reading: Reading = { yaml, place, settings: new Map(), meant: new Map(), faults: [] };
  const options = { lineCounter, prettyErrors: false, uniqueKeys: false, schema: "core", logLevel: "silent" } as const;
  const { contents, errors } = parseDocument(yaml, options);
  const ending = yaml.search(/^\.\.\.[ \t]*$/m);
  // Only the first mistake: what a YAML parser says after it is mostly about the same one.
  if (errors[0] !== undefined) refuseSyntax(reading, errors[0].pos[0]);
  else if (ending !== -1) refuseSyntax(reading, ending);
  else if (isMap<ParsedNode, ParsedNode | null>(contents) && contents.flow !== true) {
    for (const pair of contents.items) readPair(reading, pair);
  } else if (contents !== null && !isEmpty(contents)) refuseSyntax(reading, yaml.search(/\S/));
  return { settings: reading.settings, meant: new Set(reading.meant.keys()), faults: reading.faults };
}

function refuseSyntax(reading: Reading, offset: number): void {
  const { start, message, hint } = explainSyntax(reading.yaml, offset);
  reading.faults.push(fault("front-matter-syntax", reading.place(start), message, hint));
  // Which settings are there cannot be told, so none is called missing.
  for (const key of issueKeys) reading.meant.set(key, 0);
}

function readPair(reading: Reading, pair: Pair<ParsedNode, ParsedNode | null>): void {
  const at = reading.place(pair.key.range[0]);
  const name = reading.yaml.slice(pair.key.range[0], pair.key.range[1]);
  const key = issueKeys.find((known) => isScalar(pair.key) && pair.key.value === known);
  if (key === undefined) {
    refuseKey(reading, name, at);
    return;
  }
  const earlier = reading.meant.get(key);
  reading.meant.set(key, earlier ?? at.line);
  if (earlier !== undefined) {
    const message = `"${key}" is set twice; line ${earlier} sets it first.`;
    reading.faults.push(fault("duplicate-key", at, message, "Keep one of the two lines."));
  } else if (pair.value === null || isEmpty(pair.value)) {
    const hint = "Write a value after the colon, or delete the line.";
    reading.faults.push(fault("empty-value", at, `"${key}" has no value.`, hint));
  } else readValue(reading, key, pair.value);
}

function refuseKey(reading: Reading, written: string, at: Place): void {
  const name = written.length > 40 ? `${written.slice(0, 40)}…` : written;
  const meant = nearest(written, issueKeys) ?? otherNames.get(written.toLowerCase()) ?? null;
  if (meant !== null && !reading.meant.has(meant)) reading.meant.set(meant, at.line);
  let hint = `The settings are ${issueKeys.join(", ")}. Delete the line, or move the text below the front matter.`;
  if (meant !== null) hint = `Did you mean "${meant}"?`;
  else if (ofTheNewsletter.has(written.toLowerCase()))
    hint = "This belongs to the newsletter, not to one issue. Delete the line.";
  reading.faults.push(fault("unknown-key", at, `"${name}" is not a setting of an issue.`, hint));
}

function readValue(reading: Reading, key: IssueKey, node: ParsedNode): void {
  const at = reading.place(node.range[0]);
  const written = reading.yaml.slice(node.range[0], node.range[1]).trimEnd();
  const problem = valueFault(reading, key, node, written);
  if (problem !== null) reading.faults.push(fault(problem.rule, at, problem.message, problem.hint));
  else if (isScalar(node)) {
    const letter = node.type === "PLAIN" ? at : { line: at.line, column: at.column + 1 };
    reading.settings.set(key, { text: String(node.value).trim(), ...at, letter });
  }
}

function valueFault(reading: Reading, key: IssueKey, node: ParsedNode, written: string): Problem | null {
  if (written.includes("\n") || isBlock(node)) {
    const hint = "Write the whole value on one line, after the colon.";
    return { rule: "several-lines", message: `The value of "${key}" runs over several lines.`, hint };
  }
  if (!isScalar(node)) {
    const hint = `Put it in quotes: ${key}: ${quoted(written)}`;
    const kind = isAlias(node) ? "a YAML alias" : "a YAML list or map";
    return { rule: "not-text", message: `The value of "${key}" reads as ${kind}, not as text.`, hint };
  }
  if (node.anchor !== undefined || node.tag !== undefined) {
    const message = `The value of "${key}" carries a YAML ${node.anchor !== undefined ? "anchor" : "tag"}.`;
    return { rule: "not-text", message, hint: "Write only the text, in quotes if it begins with & or !." };
  }
  if (typeof node.value !== "string") {
    const message = `The value of "${key}" reads as a ${typeof node.value}, not as text.`;
    const hint = key === "date" ? "Write a day as 2026-11-22." : `Put it in quotes: ${key}: ${quoted(written)}`;
    return { rule: "not-text", message, hint };
  }
  const rest = reading.yaml.slice(node.range[1]).split("\n", 1)[0] ?? "";
  if ((key === "subject" || key === "preheader") && node.type === "PLAIN" && /^\s+#/.test(rest)) {
    const message = `YAML takes everything after " #" for a comment, so the ${key} would end at "${written.slice(-30)}".`;
    return { rule: "cut-by-comment", message, hint: `Put it in quotes: ${key}: ${quoted(written + rest)}` };
  }
  return null;
}

function isEmpty(node: ParsedNode): boolean {
  if (!isScalar(node) || node.anchor !== undefined || node.tag !== undefined) return false;
  return node.value === null || (typeof node.value === "string" && node.value.trim() === "" && !isBlock(node));
}

function isBlock(node: ParsedNode): boolean {
  return isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
}

function fault(rule: FileRule, at: Place, message: string, hint: string): Fault {
  return { level: "error", rule, ...at, message, hint };
}
