/** Most bytes that an integer up to 2^53-1 needs, seven bits each. */
export const LONGEST_VARINT = 8;
const LAST_SCALE = 128 ** (LONGEST_VARINT - 1);

/** Writes a non-negative safe integer, low seven bits first, and returns the offset behind it. */
export function putVarint(bytes: Uint8Array, offset: number, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`Not an id: ${value}`);
  let at = offset;
  let rest = value;
  while (rest > 127) {
    bytes[at++] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  bytes[at++] = rest;
  return at;
}

/** Reads `count` integers that fill `bytes` exactly; null for any spelling that `putVarint` would not write. */
export function takeVarints(bytes: Uint8Array, count: number): number[] | null {
  const values: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    if (byte === 0 && scale > 1) return null;
    value += (byte % 128) * scale;
    if (value > Number.MAX_SAFE_INTEGER) return null;
    if (byte > 127) {
      if (scale === LAST_SCALE) return null;
      scale *= 128;
      continue;
    }
    values.push(value);
    if (values.length > count) return null;
    value = 0;
    scale = 1;
  }
  return values.length === count && scale === 1 ? values : null;
}
