import type { Piece } from "../../mail/splice.ts";

/**
 * A batch whole or not at all (`strict`), a batch without the mails that Resend refuses, or each mail by itself (REL-07).
 */
export type Manner = "strict" | "permissive" | "single";

/**
 * A hash that names the manner too: what was sent in one is not repeated in another, and stays known by it whatever the setting
 * is later on.
 */
export function inManner(manner: Manner, hash: string): string {
  return `${manner}:${hash}`;
}

/** Hashes of batches that Resend accepts whole or not at all begin so. */
export const wholeMark = inManner("strict", "");

const encoder = new TextEncoder();

/** SHA-256 of all that the readers of an issue share, and of where their own values stand between it. */
export async function hashFrame(pieces: readonly Piece[]): Promise<Uint8Array> {
  return sha256(encoder.encode(JSON.stringify(["resend", 1, pieces])));
}

/**
 * SHA-256 in hex that binds every byte of a body without reading those again that all bodies of the issue share: the
 * frame's hash, then how many stretches are its readers' own, the length of each, and their bytes.
 */
export async function hashParcel(frame: Uint8Array, own: Uint8Array, lengths: readonly number[]): Promise<string> {
  const head = 4 * (1 + lengths.length);
  const bytes = new Uint8Array(frame.length + head + own.length);
  bytes.set(frame);
  const view = new DataView(bytes.buffer, frame.length, head);
  view.setUint32(0, lengths.length);
  for (const [index, length] of lengths.entries()) view.setUint32(4 * (index + 1), length);
  bytes.set(own, frame.length + head);
  return Array.from(await sha256(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
