const LONGEST_LINE = 76;
const UTF8 = new TextEncoder();

/** Ends a line that goes on after it (RFC 2045 §6.7). */
export const softBreak = "=\r\n";

/** Each byte as it stands in a body: printable ASCII and blanks but `=` literally, the rest as `=XX` (RFC 2045 §6.7). */
const SPELLED = Array.from({ length: 256 }, (_, byte) =>
  byte === 0x09 || (byte >= 0x20 && byte <= 0x7e && byte !== 0x3d) ? String.fromCharCode(byte) : escapeByte(byte),
);

/** A line that stands for itself, and has room for a soft break behind it; `quotedPiece` meets few others. */
const PLAIN = /^(?![.]|From)[!-<>-~]{1,75}$/;

/**
 * Quoted-printable UTF-8: ASCII, CRLF for every kind of line end, lines of at most 76 columns. No line starts with a
 * dot or "From ", none ends in a blank, so no relay needs to touch it (FMT-03, FMT-04).
 */
export function quotedPrintable(text: string): string {
  return encodeLines(text, LONGEST_LINE);
}

/** The same for a part of a text that begins on a line of its own: a soft break fits behind its last line. */
export function quotedPiece(text: string): string {
  return PLAIN.test(text) ? text : encodeLines(text, LONGEST_LINE - 1);
}

/** One byte as `=XX`. */
export function escapeByte(byte: number): string {
  return `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

function encodeLines(text: string, longest: number): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => encodeLine(line, longest))
    .join("\r\n");
}

function encodeLine(line: string, longest: number): string {
  const bytes = UTF8.encode(line);
  const last = bytes.length - 1;
  let out = "";
  let column = 0;
  for (let at = 0; at <= last; at++) {
    const byte = bytes[at] ?? 0;
    let spelled = SPELLED[byte] ?? "";
    if (at === last && (byte === 0x20 || byte === 0x09)) spelled = escapeByte(byte);
    if (column + spelled.length > (at === last ? longest : LONGEST_LINE - 1)) {
      out += softBreak;
      column = 0;
    }
    if (column === 0 && isRiskyStart(bytes, at)) spelled = escapeByte(byte);
    out += spelled;
    column += spelled.length;
  }
  return out;
}

/** A dot would need dot-stuffing (RFC 5321 §4.5.2), and mbox files quote "From ". */
function isRiskyStart(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === 0x2e) return true;
  return bytes[at] === 0x46 && bytes[at + 1] === 0x72 && bytes[at + 2] === 0x6f && bytes[at + 3] === 0x6d;
}
