/** RFC 4648 §6 in lower case, without padding: survives mail clients that change case or drop a trailing `=` (DOI-09). */
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const DIGITS = Array.from(ALPHABET);
/** Ten bits at a time: links are made by the hundred thousand. */
const PAIRS = DIGITS.flatMap((first) => DIGITS.map((second) => first + second));
const VALUES = new Map([
  ...DIGITS.map((digit, value) => [digit.charCodeAt(0), value] as const),
  ...DIGITS.map((digit, value) => [digit.toUpperCase().charCodeAt(0), value] as const),
]);

/** The first `length` bytes as a-z2-7. */
export function toBase32(bytes: Uint8Array, length = bytes.length): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (let at = 0; at < length; at++) {
    held = (held << 8) | (bytes[at] ?? 0);
    bits += 8;
    if (bits < 10) continue;
    bits -= 10;
    text += PAIRS[held >>> bits];
    held &= (1 << bits) - 1;
  }
  if (bits >= 5) {
    bits -= 5;
    text += DIGITS[held >>> bits];
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + DIGITS[(held << (5 - bits)) & 31];
}

/** The bytes of a-z2-7 in either case; null for other characters, impossible lengths and set bits in the remainder. */
export function fromBase32(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let index = 0; index < text.length; index++) {
    const value = VALUES.get(text.charCodeAt(index));
    if (value === undefined) return null;
    held = (held << 5) | value;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = held >>> bits;
    held &= (1 << bits) - 1;
  }
  return bits < 5 && held === 0 ? bytes : null;
}

/** The leading run of a-z2-7 in either case. ASCII alone: U+212A must not become a k. */
export function leadingBase32(text: string): string {
  let end = 0;
  while (end < text.length && VALUES.has(text.charCodeAt(end))) end++;
  return text.slice(0, end);
}
