import { nearest } from "../nearest.ts";
import type { Fault } from "./fault.ts";
import { type Marked, type Marks, mark } from "./marks.ts";

/** Where a text stands in its file, for faults. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A text whose `{{ … }}` are replaced by marks, and the way back to where each character came from. */
export interface MarkedText {
  readonly text: string;
  readonly faults: readonly Fault[];
  /** The place in the file of an offset in `text`. */
  place(offset: number): Place;
}

/** What `{{ … }}` may name, apart from `subscriber.name` and `subscriber.email`: the same text for everybody. */
export interface FieldContext {
  readonly marks: Marks;
  /** For `site_url`, and for `web_url` where issues can be read in a browser. */
  readonly urls: Readonly<Record<string, string>>;
  /** Where the reader's own links lead when nobody reads, as in the web copy. */
  readonly hubUrl: string;
}

/** The names that a `{{ … }}` may print. */
export const fieldNames = [
  "subscriber.name",
  "subscriber.email",
  "unsubscribe_url",
  "preferences_url",
  "web_url",
  "site_url",
] as const;

const shape = /^\s*([A-Za-z_][\w.]*)\s*(?:\|\s*(\w+)\s*(?::\s*(.*?))?\s*)?$/;
/** Bounded, so that a long line of braces stays cheap to read (SEC-09). */
const tags = /\{\{([^\n]{0,300}?)\}\}|\{\{|\{%/g;

/** Replaces each field by a mark. Anything else in braces is a fault at its place (DESIGN decision 6, SEC-20). */
export function markFields(source: string, context: FieldContext, start: Place): MarkedText {
  const faults: Fault[] = [];
  const shifts: { readonly at: number; readonly by: number }[] = [];
  const placeAt = placer(source, start);
  let text = "";
  let from = 0;
  for (const match of source.matchAll(tags)) {
    if (isEscaped(source, match.index)) continue;
    const read = readField(match[0], match[1], context);
    if ("message" in read) {
      faults.push({ level: "error", ...placeAt(match.index), ...read });
      continue;
    }
    text += source.slice(from, match.index) + mark(context.marks, read.entry);
    from = match.index + match[0].length;
    shifts.push({ at: text.length, by: from - text.length });
    if (read.bare) faults.push({ level: "warning", ...placeAt(match.index), ...bareField(read.bare) });
  }
  text += source.slice(from);
  function place(offset: number): Place {
    return placeAt(offset + (shifts.findLast((known) => known.at <= offset)?.by ?? 0));
  }
  return { text, faults, place };
}

/** An odd number of backslashes before a brace makes it a mere brace, as in Markdown. */
function isEscaped(source: string, at: number): boolean {
  let first = at;
  while (first > 0 && source[first - 1] === "\\") first--;
  return (at - first) % 2 === 1;
}

type Finding = Pick<Fault, "rule" | "message" | "hint">;

function readField(
  whole: string,
  inner: string | undefined,
  context: FieldContext,
): Finding | { entry: Marked; bare?: string } {
  if (whole.startsWith("{%")) {
    return {
      rule: "liquid-tag",
      message: "Liquid tags have no place in an issue: every reader gets the same text.",
      hint: "Only fields such as {{ subscriber.name }} are filled in. To print braces, write \\{%.",
    };
  }
  if (inner === undefined) {
    return {
      rule: "unknown-field",
      message: "This {{ has no }} on the same line.",
      hint: "Close the field, or write \\{{ to print the braces.",
    };
  }
  const [, name = "", filter, argument] = shape.exec(inner) ?? [];
  if (!(fieldNames as readonly string[]).includes(name)) return unknownField(whole, name);
  if (name === "web_url" && context.urls.web_url === undefined) return noWebCopy;
  if (filter === undefined) return { entry: entryFor(name, null, context), ...bareness(name) };
  const fallback = /^(?:"([^"]*)"|'([^']*)')$/.exec(argument ?? "");
  if (filter !== "default" || fallback === null || !name.startsWith("subscriber.")) return badFilter(name, filter);
  return { entry: entryFor(name, fallback[1] ?? fallback[2] ?? "", context) };
}

const noWebCopy: Finding = {
  rule: "unknown-field",
  message: "Issues of this newsletter cannot be read in a browser, so {{ web_url }} leads nowhere.",
  hint: "Take it out, or open its web copies with: tidings newsletter edit SLUG --archive link",
};

function bareness(name: string): { bare?: string } {
  return name === "subscriber.name" ? { bare: name } : {};
}

function entryFor(name: string, fallback: string | null, context: FieldContext): Marked {
  switch (name) {
    case "subscriber.name":
      return { field: "name", fallback: fallback ?? "" };
    case "subscriber.email":
      return { field: "email", fallback: fallback ?? "" };
    case "unsubscribe_url":
      return { field: "leaveUrl", fallback: context.hubUrl };
    case "preferences_url":
      return { field: "preferencesUrl", fallback: context.hubUrl };
    default:
      return { text: context.urls[name] ?? context.hubUrl };
  }
}

function unknownField(whole: string, name: string): Finding {
  const near = name === "" ? null : nearest(name, fieldNames);
  const shown = name === "" ? whole.slice(0, 40) : name;
  return {
    rule: "unknown-field",
    message: `There is no field "${shown}".`,
    hint: near === null ? `Fields are ${fieldNames.join(", ")}.` : `Did you mean {{ ${near} }}?`,
  };
}

function badFilter(name: string, filter: string): Finding {
  if (!name.startsWith("subscriber.")) {
    return { rule: "field-filter", message: `{{ ${name} }} takes no filter.`, hint: `Write {{ ${name} }}.` };
  }
  return {
    rule: "field-filter",
    message:
      filter === "default"
        ? "The fallback must stand in straight quotes."
        : `A reader's field can only be printed, so the filter "${filter}" is not available.`,
    hint: `Write {{ ${name} | default: "reader" }}.`,
  };
}

function bareField(name: string): Finding {
  return {
    rule: "field-fallback",
    message: `Readers who gave no name, and everyone on the web, see nothing in place of {{ ${name} }}.`,
    hint: `Write {{ ${name} | default: "reader" }}.`,
  };
}

/** Finds line and column of offsets, when the text begins at `start`; line 0 stands for the whole file. */
export function placer(source: string, start: Place): (offset: number) => Place {
  const starts = lineStarts(source);
  return (offset) => {
    if (start.line === 0) return start;
    const line = starts.findLastIndex((first) => first <= offset);
    const column = offset - (starts[line] ?? 0) + 1;
    return { line: start.line + line, column: line === 0 ? column + start.column - 1 : column };
  };
}

/** The offset at which each line begins. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
