import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** What a webhook's headers say, as they came. */
export interface Signed {
  readonly id: string | null;
  /** Seconds since 1970. */
  readonly timestamp: string | null;
  /** A list parted by spaces, one entry for each secret that is in use. */
  readonly signature: string | null;
}

/** `authentic`, or why not; none of it is told to whoever sent it. */
export type Verdict = "authentic" | "headers missing or odd" | "time out of range" | "no signature fits";

/** How far the sender's clock may be from ours, in seconds (RULES §6.4). */
const tolerance = 300;

/** Without the dot that parts id, time and body, so that no other split of the same bytes is signed too. */
const eventId = /^[!-\-/-~]{1,256}$/;
const seconds = /^\d{1,11}$/;
/** 32 bytes in base64. */
const version1 = /^v1,([A-Za-z0-9+/]{43}=)$/;
const longestList = 4_096;

/**
 * Judges a webhook by Svix's scheme, which is that of Standard Webhooks: HMAC-SHA-256 over `id.timestamp.body`, the body as it
 * came, byte for byte. `key` is the decoded secret, `now` ms UTC.
 */
export function verifySignature(key: Uint8Array, signed: Signed, body: Uint8Array, now: number): Verdict {
  const { id, timestamp, signature } = signed;
  if (id === null || timestamp === null || signature === null) return "headers missing or odd";
  if (!eventId.test(id) || !seconds.test(timestamp) || signature.length > longestList) return "headers missing or odd";
  if (Math.abs(now / 1000 - Number(timestamp)) > tolerance) return "time out of range";
  const wanted = toBase64(hmac(sha256, key, concatBytes(utf8ToBytes(`${id}.${timestamp}.`), body)));
  let fits = false;
  // All are compared, so that the time it takes tells nothing of which one fits (SEC-18).
  for (const entry of signature.split(" ")) {
    const given = version1.exec(entry)?.[1];
    if (given !== undefined && areEqual(given, wanted)) fits = true;
  }
  return fits ? "authentic" : "no signature fits";
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Takes the same time wherever the difference is. */
function areEqual(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}
