/** The value that a text stands for; undefined when it is no JSON. */
export function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

/** A member of what may be an object; undefined when it has none of that name. */
export function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

/** A member that is a text; empty when there is none. */
export function textOf(value: unknown, key: string): string {
  const member = memberOf(value, key);
  return typeof member === "string" ? member : "";
}

/** A stranger's text on one line, without controls, cut off after 300 characters. */
export function plain(text: string): string {
  return text
    .replace(/[\p{C}\p{Z}]+/gu, " ")
    .trim()
    .slice(0, 300);
}
