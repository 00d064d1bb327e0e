import { escapeByte } from "./quoted.ts";

const LONGEST_LINE = 76;
const LONGEST_WORD = 75;
const UTF8 = new TextEncoder();
const OPEN = { q: "=?UTF-8?Q?", b: "=?UTF-8?B?" } as const;
const FRAME = OPEN.q.length + "?=".length;

/**
 * RFC 2047 encoded-words of at most 75 characters, one a line, folded by CRLF and a space. `column` is where the first
 * one starts. No code point is split. Q, which people can read in the source, unless B is a third shorter.
 */
export function encodedWords(text: string, column: number): string {
  const encoding = fittingEncoding(text);
  let room = Math.min(LONGEST_WORD, LONGEST_LINE - column) - FRAME;
  const words: string[] = [];
  // A first word without room for one code point of four bytes starts on a line of its own.
  if (room < 12) {
    words.push("");
    room = LONGEST_WORD - FRAME;
  }
  let run = "";
  let size = 0;
  for (const char of text) {
    const grown = size + costOf(char, encoding);
    if (lengthOf(grown, encoding) <= room) {
      run += char;
      size = grown;
      continue;
    }
    words.push(wordOf(run, encoding));
    room = LONGEST_WORD - FRAME;
    run = char;
    size = costOf(char, encoding);
  }
  words.push(wordOf(run, encoding));
  return words.join("\r\n ");
}

function fittingEncoding(text: string): "q" | "b" {
  let q = 0;
  let b = 0;
  for (const char of text) {
    q += costOf(char, "q");
    b += costOf(char, "b");
  }
  return q <= lengthOf(b, "b") * 1.5 ? "q" : "b";
}

/** In characters for Q, in bytes for B, whose length follows from their sum. */
function costOf(char: string, encoding: "q" | "b"): number {
  const code = char.codePointAt(0) ?? 0;
  const bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  if (encoding === "b") return bytes;
  return isPlain(char) || char === " " ? 1 : bytes * 3;
}

function lengthOf(cost: number, encoding: "q" | "b"): number {
  return encoding === "q" ? cost : Math.ceil(cost / 3) * 4;
}

function wordOf(run: string, encoding: "q" | "b"): string {
  return `${OPEN[encoding]}${encoding === "q" ? toQ(run) : toBase64(run)}?=`;
}

function toQ(run: string): string {
  let out = "";
  for (const char of run) {
    if (char === " ") out += "_";
    else if (isPlain(char)) out += char;
    else for (const byte of UTF8.encode(char)) out += escapeByte(byte);
  }
  return out;
}

function toBase64(run: string): string {
  return btoa(String.fromCharCode(...UTF8.encode(run)));
}

/** The characters that may stand literally in a phrase (RFC 2047 §5 rule 3), the strictest of the three places. */
function isPlain(char: string): boolean {
  return /^[A-Za-z0-9!*+/-]$/.test(char);
}
