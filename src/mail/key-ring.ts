import type { KeyRing } from "./tokens.ts";

/** A key ring as it is kept: JSON, secrets of 32 bytes in base64url. */
interface RingText {
  readonly current: number;
  readonly keys: { readonly id: number; readonly secret: string }[];
}

/** Reads the text of a key ring; null where it is damaged. */
export function parseKeyRing(text: string): KeyRing | null {
  try {
    const ring = JSON.parse(text) as RingText;
    const keys = new Map(ring.keys.map(({ id, secret }) => [id, fromBase64url(secret)]));
    const sound = [...keys].every(
      ([id, secret]) => Number.isInteger(id) && id >= 1 && id <= 65_535 && secret.length === 32,
    );
    // A number given twice would leave the links of one of the two secrets dead without a word.
    return sound && keys.size === ring.keys.length && keys.has(ring.current) ? { current: ring.current, keys } : null;
  } catch {
    // Whatever is wrong with it, the remedy is the same: put it back.
    return null;
  }
}

/** The text of a fresh ring with one key, made of 32 random bytes. */
export function newKeyRing(secret: Uint8Array): string {
  const ring: RingText = { current: 1, keys: [{ id: 1, secret: toBase64url(secret) }] };
  return `${JSON.stringify(ring, null, 2)}\n`;
}

function toBase64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

function fromBase64url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}
