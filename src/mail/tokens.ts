import { hkdf } from "@noble/hashes/hkdf.js";
import { type _HMAC, hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { fromBase32, leadingBase32, toBase32 } from "./base32.ts";
import { LONGEST_VARINT, putVarint, takeVarints } from "./varint.ts";

/** Secrets of 32 bytes by id (1 to 65535). New links use the current one; old links need the key they name. */
export interface KeyRing {
  readonly current: number;
  readonly keys: ReadonlyMap<number, Uint8Array>;
}

/** What a link may do. A token of one purpose means nothing to another (DOI-03). */
export type Purpose = "confirm" | "leave" | "undo" | "preferences" | "manage" | "address" | "archive";

/** What may be kept as a keyed hash in place of an address (SUP-02). */
export type HashLabel = "suppression" | "throttle" | "leaving" | "gate";

/** Signs and reads links with one key ring. An unknown `keyId` to write with throws; one to read yields null. */
export interface Signer {
  readonly currentKey: number;
  /** The oldest key, for hashes that must outlive rotations. */
  readonly firstKey: number;
  /** All keys of the ring, oldest first. */
  readonly keyIds: readonly number[];
  /**
   * Ids by purpose: confirm [notice], leave [newsletter, subscriber], undo [newsletter (0: all), subscriber, time of leaving],
   * preferences [subscriber, time of the mail in ms UTC, where known], manage [notice, subscriber], address [notice, subscriber],
   * archive [issue].
   */
  sign(purpose: Purpose, ids: readonly number[], keyId?: number): string;
  /** The ids of an authentic token, also of one that a mail client has mangled (DOI-09); otherwise null. */
  read(purpose: Purpose, text: string): { ids: number[]; keyId: number } | null;
  /** The local part of a Message-ID (FMT-08): 32 of a-z2-7. Let the first id tell kinds of mail apart. */
  messageId(ids: readonly number[], keyId?: number): string;
  /** HMAC-SHA-256 in 64 hex digits, with a key of its own per label. */
  keyedHash(label: HashLabel, text: string, keyId?: number): string;
  /** 16 hex digits that are safe to store and show: they differ when the secret behind the id does. */
  fingerprint(keyId: number): string;
}

const ID_COUNTS: Readonly<Record<Purpose, readonly number[]>> = {
  confirm: [1],
  leave: [2],
  undo: [3],
  preferences: [1, 2],
  manage: [2],
  address: [2],
  archive: [1],
};
const VERSION = 1;
const VERSIONS = 4;
const TAG_BYTES = 16;
const MESSAGE_ID_BYTES = 20;
/** Longer than any token by far; what follows is junk that a mail client or a tracker appended. */
const LONGEST_TEXT = 512;

type Hash = ReturnType<typeof sha256.create>;
type Hmac = _HMAC<Hash>;
type Key = Readonly<Record<Purpose | HashLabel | "message-id" | "fingerprint", Hmac>>;

/** Throws when a secret is not 32 bytes, an id is not 1 to 65535, or the current key is missing. */
export function createSigner(ring: KeyRing): Signer {
  const keys = new Map(Array.from(ring.keys, ([id, secret]) => [id, deriveKey(id, secret)] as const));
  const keyOf = (id: number): Key => keys.get(id) ?? missingKey(id);
  keyOf(ring.current);
  const mac = createMac();

  const keyIds = [...keys.keys()].sort((a, b) => a - b);
  return {
    currentKey: ring.current,
    firstKey: keyIds[0] ?? ring.current,
    keyIds,
    sign(purpose, ids, keyId = ring.current) {
      const counts = ID_COUNTS[purpose];
      if (!counts.includes(ids.length)) throw new Error(`A ${purpose} token takes ${counts.join(" or ")} ids`);
      const state = keyOf(keyId)[purpose];
      const size = mac.load([keyId * VERSIONS + VERSION, ...ids]);
      return mac.token(state, size);
    },
    read(purpose, text) {
      const bytes = fromBase32(unmangle(text));
      if (bytes === null || bytes.length <= TAG_BYTES) return null;
      const body = bytes.subarray(0, -TAG_BYTES);
      const [head = 0, ...ids] = takeAny(body, ID_COUNTS[purpose]);
      const keyId = Math.floor(head / VERSIONS);
      const key = keys.get(keyId);
      if (key === undefined || head % VERSIONS !== VERSION) return null;
      const tag = mac.digest(key[purpose], mac.load([head, ...ids]));
      return areEqual(tag.subarray(0, TAG_BYTES), bytes.subarray(-TAG_BYTES)) ? { ids, keyId } : null;
    },
    messageId(ids, keyId = ring.current) {
      return toBase32(mac.digest(keyOf(keyId)["message-id"], mac.load(ids)), MESSAGE_ID_BYTES);
    },
    keyedHash(label, text, keyId = ring.current) {
      return bytesToHex(keyOf(keyId)[label].clone().update(utf8ToBytes(text)).digest());
    },
    fingerprint(keyId) {
      return bytesToHex(keyOf(keyId).fingerprint.clone().update(utf8ToBytes("tidings")).digest().subarray(0, 8));
    },
  };
}

/** One HMAC state per use, keyed once and copied for each token: keying anew costs more than the token. */
function deriveKey(id: number, secret: Uint8Array): Key {
  if (!Number.isInteger(id) || id < 1 || id > 65535) throw new Error(`Key ids are 1 to 65535, not ${id}`);
  if (secret.length !== 32) throw new Error(`Key ${id} has ${secret.length} bytes instead of 32`);
  const derive = (label: string): Hmac => {
    const info = utf8ToBytes(`tidings/v${VERSION}/${label}`);
    return hmac.create(sha256, hkdf(sha256, secret, undefined, info, 32));
  };
  return {
    confirm: derive("token/confirm"),
    leave: derive("token/leave"),
    undo: derive("token/undo"),
    preferences: derive("token/preferences"),
    manage: derive("token/manage"),
    address: derive("token/address"),
    archive: derive("token/archive"),
    suppression: derive("hash/suppression"),
    throttle: derive("hash/throttle"),
    leaving: derive("hash/leaving"),
    gate: derive("hash/gate"),
    "message-id": derive("message-id"),
    fingerprint: derive("fingerprint"),
  };
}

function missingKey(id: number): never {
  throw new Error(`The key ring has no key ${id}`);
}

/** The working memory of one signer, reused because tokens are made by the hundred thousand. */
function createMac() {
  const payload = new Uint8Array(1 + LONGEST_VARINT * 4 + TAG_BYTES);
  const views = Array.from(payload, (_, size) => payload.subarray(0, size));
  const digest = new Uint8Array(32);
  let inner: Hash | undefined;
  let outer: Hash | undefined;

  /** Canonical and length-prefixed (DOI-01): one byte for the size, then each number in its only spelling. */
  function load(numbers: readonly number[]): number {
    if (numbers.length > 4) throw new Error("At most four ids");
    let end = 1;
    for (const number of numbers) end = putVarint(payload, end, number);
    payload[0] = end - 1;
    return end;
  }

  /** Valid until the next call. RFC 2104 on copies of both keyed hashes, as the library does it but for wiping them. */
  function digestOf(state: Hmac, size: number): Uint8Array {
    inner = state.iHash._cloneInto(inner);
    inner.update(views[size] ?? payload.subarray(0, size)).digestInto(digest);
    outer = state.oHash._cloneInto(outer);
    outer.update(digest).digestInto(digest);
    return digest;
  }

  function token(state: Hmac, size: number): string {
    const tag = digestOf(state, size);
    payload.set(tag.subarray(0, TAG_BYTES), size);
    return toBase32(payload.subarray(1, size + TAG_BYTES));
  }

  return { load, digest: digestOf, token };
}

/** The key and version, and as many ids as one of the counts says; empty where no count fits. */
function takeAny(body: Uint8Array, counts: readonly number[]): number[] {
  for (const count of counts) {
    const numbers = takeVarints(body, 1 + count);
    if (numbers !== null) return numbers;
  }
  return [];
}

/** Undoes what mail clients do to links: case, wrapping, soft breaks, brackets before, anything behind. */
function unmangle(text: string): string {
  const joined = text.slice(0, LONGEST_TEXT).replace(/=\r?\n|[\s\u00ad\u200b-\u200d\u2060]/g, "");
  return leadingBase32(joined.replace(/^[<("'[]{1,4}/, ""));
}

/** Takes the same time wherever the difference is (DOI-12). */
function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
}
