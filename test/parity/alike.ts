import type { Answered } from "./pair.ts";

/** Headers that belong to whoever carries the answer, and say nothing that Tidings could differ in. */
const carriers: Readonly<Record<string, string>> = {
  date: "the moment of the answer, set by the server",
  connection: "between two ends of one connection (RFC 9110 section 7.6.1)",
  "keep-alive": "as connection",
  "transfer-encoding": "how the body is cut up; the body itself is compared",
  "content-length": "as transfer-encoding",
};

/** What two installations cannot have in common: when something happened, and what was drawn at random. */
const own: readonly (readonly [what: RegExp, sign: string])[] = [
  [/\b1[789]\d{11}\b/g, "MS"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z/g, "ISO"],
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, "MINUTE"],
  [/\b\d{1,2} [A-Z][a-z]+ \d{4} at \d\d:\d\d:\d\d UTC/g, "MOMENT"],
  [/\b[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000/g, "DATE"],
  [/\b\d{15}-[0-9a-f]{32}-(?=\d{4}\.eml)/g, "MAIL-"],
  [/"uid":"[0-9a-f]{20}"/g, '"uid":"DRAWN"'],
  [/\b[0-9a-f]{64}\b/g, "HASH"],
  [/(?<=\/u\/)[a-z2-7]+(?=\/(?:undo|reason)\b)/g, "LEAVING"],
  // The time of its mail is in it; a mail as it travels may break it (RFC 2045 section 6.7).
  [/(?<=\/p\/)[a-z2-7]+(?:=\r?\n[a-z2-7]+)*/g, "MAILED"],
  [/\b\d{10}\.[0-9a-f]{32}\b/g, "SEEN"],
  [/\btid_[\w-]{43}(?![\w-])/g, "TOKEN"],
];

/** An answer without what must differ between two installations. */
export function alike({ status, headers, body }: Answered): Answered {
  const kept = Object.entries(headers).filter(([name]) => !Object.hasOwn(carriers, name) && !name.startsWith("cf-"));
  return {
    status,
    headers: Object.fromEntries(kept.map(([name, value]) => [name, signed(value)] as const).sort()),
    body: signed(body),
  };
}

function signed(text: string): string {
  return own.reduce((rest, [what, sign]) => rest.replaceAll(what, sign), text);
}
