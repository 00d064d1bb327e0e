import type { Field, Recipient, Segments } from "./message.ts";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text made safe for HTML content and for quoted attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Text made safe for one header line: controls and every kind of line break become a space (FMT-15). */
export function flattenHeader(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
}

/** One reader's mail part: literals as they stand, each field escaped for its surroundings. */
export function fill(segments: Segments, values: Recipient["values"]): string {
  let out = "";
  for (const segment of segments) out += typeof segment === "string" ? segment : fillField(segment, values);
  return out;
}

/** The part with every field replaced by its fallback: what a page may show to everybody (FMT-28). */
export function fillWithFallbacks(segments: Segments): string {
  return segments
    .map((segment) => (typeof segment === "string" ? segment : escapeAs(segment.fallback, segment.as)))
    .join("");
}

function fillField(field: Field, values: Recipient["values"]): string {
  const value = values[field.field];
  return escapeAs(value === "" ? field.fallback : value, field.as);
}

/** One value escaped for its surroundings. */
export function escapeAs(value: string, as: Field["as"]): string {
  switch (as) {
    case "html":
      return escapeHtml(value);
    case "header":
      return flattenHeader(value);
    case "text":
      return value;
  }
}
