import type { Field, FieldName, Segments } from "./message.ts";
import { escapeAs } from "./segments.ts";

/** What stands behind a mark: a reader's field, or text that is the same for everybody. */
export type Marked = { readonly field: FieldName; readonly fallback: string } | { readonly text: string };

/**
 * Stand-ins for values while text goes through Markdown, Liquid and the CSS inliner. A mark is lower-case letters and
 * digits alone, since link targets percent-encode braces and host names lose their capitals.
 */
export interface Marks {
  readonly prefix: string;
  readonly entries: Marked[];
}

/** Marks that occur nowhere in these texts, so that a literal look-alike is never taken for one. */
export function createMarks(texts: readonly string[]): Marks {
  const all = texts.map((text) => text.toLowerCase());
  for (let n = 0; ; n++) {
    const prefix = `tidingsmark${n}x`;
    if (!all.some((text) => text.includes(prefix))) return { prefix, entries: [] };
  }
}

/** The mark for a value; the same value has one mark. */
export function mark(marks: Marks, entry: Marked): string {
  const key = JSON.stringify(entry);
  let index = marks.entries.findIndex((known) => JSON.stringify(known) === key);
  if (index === -1) index = marks.entries.push(entry) - 1;
  return `${marks.prefix}${index}q`;
}

function pattern(marks: Marks): RegExp {
  return new RegExp(`${marks.prefix}(\\d+)q`, "g");
}

/** Marks of plain texts replaced by these texts; marks of fields stay. */
export function expand(marks: Marks, text: string): string {
  return text.replace(pattern(marks), (found, index) => {
    const entry = marks.entries[Number(index)];
    return entry !== undefined && "text" in entry ? entry.text : found;
  });
}

/** About how many columns each field takes once filled, to break lines by. */
const usualLength: Readonly<Record<FieldName, number>> = {
  name: 8,
  email: 24,
  subscriber: 8,
  leaveUrl: 100,
  preferencesUrl: 100,
};

/** The columns that a text with marks will take, about. */
export function measureMarked(marks: Marks, text: string): number {
  let fields = 0;
  const rest = text.replace(pattern(marks), (_found, index) => {
    const entry = marks.entries[Number(index)];
    if (entry === undefined) return "";
    if ("text" in entry) return entry.text;
    fields += usualLength[entry.field];
    return "";
  });
  return [...rest].length + fields;
}

/** What the marks in a text stand for, in order. */
export function marked(marks: Marks, text: string): Marked[] {
  return [...text.matchAll(pattern(marks))].flatMap((match) => marks.entries[Number(match[1])] ?? []);
}

/** A finished part cut at its marks; plain texts are escaped as fields will be and joined to the literals around them. */
export function cut(marks: Marks, part: string, as: Field["as"]): Segments {
  const segments: (string | Field)[] = [];
  let literal = "";
  let from = 0;
  for (const match of part.matchAll(pattern(marks))) {
    const entry = marks.entries[Number(match[1])];
    if (entry === undefined) continue;
    literal += part.slice(from, match.index);
    from = match.index + match[0].length;
    if ("text" in entry) {
      literal += escapeAs(entry.text, as);
      continue;
    }
    if (literal !== "") segments.push(literal);
    literal = "";
    segments.push({ field: entry.field, as, fallback: entry.fallback });
  }
  literal += part.slice(from);
  if (literal !== "") segments.push(literal);
  return segments;
}

/** True when a mark was changed on its way, for instance by a template's filter, and can no longer be filled. */
export function isBroken(marks: Marks, segments: Segments): boolean {
  return segments.some((segment) => typeof segment === "string" && segment.toLowerCase().includes(marks.prefix));
}
