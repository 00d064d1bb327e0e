import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { AppContext } from "../context.ts";
import type { Proof } from "./visit.ts";

/** A challenge of ALTCHA's protocol: find the number whose hash behind the salt is `challenge`. */
export interface Challenge {
  readonly algorithm: "SHA-256";
  readonly challenge: string;
  /** Ends in &, so that no digit can move between salt and number (CVE-2025-68113). */
  readonly salt: string;
  readonly signature: string;
  /** The number is not greater. */
  readonly maxnumber: number;
}

/** About a second of a cheap phone, on average for half of it (DOI-26). */
export const hardest = 25_000;

/** How long a challenge may be solved, in ms. */
export const challengeLife = 20 * 60_000;

/** Makes a challenge that counts for these newsletters; nothing is kept of it. */
export function makeChallenge(ctx: AppContext, newsletters: readonly string[]): Challenge {
  const expires = Math.ceil((ctx.clock() + challengeLife) / 1_000);
  const names = [...new Set(newsletters)].sort().join(",");
  const salt = `${bytesToHex(ctx.random(12))}?expires=${expires}&for=${encodeURIComponent(names)}&`;
  const [a = 0, b = 0, c = 0, d = 0] = ctx.random(4);
  // One in four billion is no bias that anybody could use.
  const number = (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) % (hardest + 1);
  const challenge = hashOf(salt, number);
  return { algorithm: "SHA-256", challenge, salt, signature: signatureOf(ctx, challenge), maxnumber: hardest };
}

/** The only spelling of a salt. */
const saltShape = /^[0-9a-f]{24}\?expires=(\d{10})&for=([\w%.-]{0,8000})&$/;

/**
 * Reads what a form sends back: base64 of JSON. Null unless it is sound, signed by us and in time; nothing is read from the
 * database for it. Each field has one spelling, so that a proof cannot be sent again as another one (CVE-2025-68113).
 */
export function readProof(ctx: AppContext, text: string): Proof | null {
  const sent = decode(text);
  if (sent === null || sent.algorithm !== "SHA-256" || !Number.isInteger(sent.number)) return null;
  const { salt, number, challenge, signature } = sent;
  const [, expires = "", names = ""] = saltShape.exec(salt) ?? [];
  if (expires === "" || number < 0 || number > hardest) return null;
  const until = Number(expires) * 1_000;
  const left = until - ctx.clock();
  if (left <= 0 || left > challengeLife + 1_000) return null;
  if (!isSame(challenge, hashOf(salt, number)) || !isSigned(ctx, challenge, signature)) return null;
  return { challenge, until, newsletters: decodeURIComponent(names).split(",") };
}

function hashOf(salt: string, number: number): string {
  return bytesToHex(sha256(utf8ToBytes(`${salt}${number}`)));
}

function signatureOf(ctx: AppContext, challenge: string, keyId = ctx.signer.currentKey): string {
  return ctx.signer.keyedHash("gate", `challenge:${challenge}`, keyId);
}

/** By any key of the ring: one that was turned to since has made this one worth no less. */
function isSigned(ctx: AppContext, challenge: string, signature: string): boolean {
  return ctx.signer.keyIds.some((id) => isSame(signature, signatureOf(ctx, challenge, id)));
}

/** Compares in constant time (SEC-18). */
function isSame(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at += 1) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}

interface Sent {
  readonly algorithm: string;
  readonly challenge: string;
  readonly salt: string;
  readonly signature: string;
  readonly number: number;
}

function decode(text: string): Sent | null {
  if (text === "" || text.length > 12_000) return null;
  try {
    const held = JSON.parse(atob(text)) as Record<string, unknown> | null;
    if (typeof held !== "object" || held === null) return null;
    const { algorithm, challenge, salt, signature, number } = held;
    const texts = [algorithm, challenge, salt, signature];
    return texts.every((one) => typeof one === "string") && typeof number === "number"
      ? (held as unknown as Sent)
      : null;
  } catch {
    // No base64 or no JSON: no proof either.
    return null;
  }
}
