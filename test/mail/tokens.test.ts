import { createHmac, hkdfSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSigner, type KeyRing, type Purpose } from "../../src/mail/tokens.ts";

const IDS: Readonly<Record<Purpose, readonly number[]>> = {
  confirm: [7],
  leave: [7, 1_000_000],
  undo: [7, 1_000_000, Date.UTC(2026, 10, 22)],
  preferences: [7],
  manage: [7, 1_000_000],
  address: [7, 1_000_000],
  archive: [7],
};
const PURPOSES = ["confirm", "leave", "undo", "preferences", "manage", "address", "archive"] as const;

function ring(current: number, ...ids: number[]): KeyRing {
  return { current, keys: new Map([current, ...ids].map((id) => [id, new Uint8Array(32).fill(id)])) };
}

const id = fc.oneof(fc.nat(300), fc.maxSafeNat(), fc.constant(Number.MAX_SAFE_INTEGER));

describe("a token", () => {
  it("gives back the ids and the key it was made with", () => {
    const signer = createSigner(ring(3));
    fc.assert(
      fc.property(id, id, (newsletter, subscriber) => {
        expect(signer.read("leave", signer.sign("leave", [newsletter, subscriber]))).toEqual({
          ids: [newsletter, subscriber],
          keyId: 3,
        });
        expect(signer.read("confirm", signer.sign("confirm", [subscriber]))).toEqual({ ids: [subscriber], keyId: 3 });
      }),
    );
  });

  it("to a reader's page tells when it was mailed, and older ones that do not are read as well", () => {
    const signer = createSigner(ring(3));
    for (const ids of [[7], [7, 0], [7, Date.UTC(2026, 10, 22)]]) {
      expect(signer.read("preferences", signer.sign("preferences", ids))).toEqual({ ids, keyId: 3 });
    }
    expect(() => signer.sign("preferences", [1, 2, 3])).toThrow("1 or 2 ids");
  });

  it("opens the door it was made for and no other", () => {
    const signer = createSigner(ring(1));
    const opened = PURPOSES.flatMap((made) =>
      PURPOSES.filter((used) => signer.read(used, signer.sign(made, IDS[made])) !== null).map((used) => [made, used]),
    );
    expect(opened).toEqual(PURPOSES.map((purpose) => [purpose, purpose]));
  });

  it("is HMAC-SHA-256 over the length-prefixed ids with a key derived by HKDF, as another library computes it", () => {
    const secret = Uint8Array.from({ length: 32 }, (_, at) => at);
    const signer = createSigner({ current: 2, keys: new Map([[2, secret]]) });
    const body = Buffer.from([2 * 4 + 1, 7, 0xac, 0x02]);
    const key = Buffer.from(hkdfSync("sha256", secret, "", "tidings/v1/token/leave", 32));
    const tag = createHmac("sha256", key)
      .update(Buffer.from([body.length]))
      .update(body)
      .digest()
      .subarray(0, 16);
    expect(signer.sign("leave", [7, 300])).toBe(base32(Buffer.concat([body, tag])));
  });

  it("is short, lower-case and free of characters that mail programs touch", () => {
    const token = createSigner(ring(1)).sign("leave", [120, 2_000_000]);
    expect(token).toMatch(/^[a-z2-7]+$/);
    expect(token.length).toBeLessThanOrEqual(36);
  });

  it("is the same on every try and differs between ids, purposes and keys", () => {
    const signer = createSigner(ring(1, 2));
    const tokens = [
      signer.sign("confirm", [1]),
      signer.sign("confirm", [2]),
      signer.sign("preferences", [1]),
      signer.sign("confirm", [1], 2),
      signer.sign("leave", [1, 2]),
      signer.sign("leave", [2, 1]),
    ];
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(signer.sign("confirm", [1])).toBe(tokens[0]);
  });

  it("is refused to whoever asks for it with the wrong number of ids, or with none that fit", () => {
    const signer = createSigner(ring(1));
    expect(() => signer.sign("leave", [1])).toThrow("2 ids");
    expect(() => signer.sign("confirm", [])).toThrow("1 ids");
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 53]) expect(() => signer.sign("confirm", [bad])).toThrow("Not an id");
    expect(() => signer.sign("confirm", [1], 9)).toThrow("no key 9");
  });
});

describe("a key ring", () => {
  it("that has turned still reads old links", () => {
    const old = createSigner(ring(1)).sign("leave", [5, 6]);
    const turned = createSigner(ring(2, 1));
    expect(turned.read("leave", old)).toEqual({ ids: [5, 6], keyId: 1 });
    expect(turned.sign("leave", [5, 6])).not.toBe(old);
    expect(turned.currentKey).toBe(2);
  });

  it("that lacks the key of a link reads nothing", () => {
    expect(createSigner(ring(2)).read("leave", createSigner(ring(1)).sign("leave", [5, 6]))).toBeNull();
  });

  it("with another secret under the same id reads nothing and shows another fingerprint", () => {
    const ours = createSigner(ring(1));
    const theirs = createSigner({ current: 1, keys: new Map([[1, new Uint8Array(32).fill(9)]]) });
    expect(theirs.read("confirm", ours.sign("confirm", [1]))).toBeNull();
    expect(theirs.fingerprint(1)).not.toBe(ours.fingerprint(1));
    expect(ours.fingerprint(1)).toMatch(/^[0-9a-f]{16}$/);
    expect(createSigner(ring(2, 1)).fingerprint(1)).toBe(ours.fingerprint(1));
  });

  it("is refused when a secret has the wrong size, an id is out of range or the current key is missing", () => {
    const key = new Uint8Array(32);
    expect(() => createSigner({ current: 1, keys: new Map([[1, new Uint8Array(31)]]) })).toThrow("31 bytes");
    expect(() => createSigner({ current: 0, keys: new Map([[0, key]]) })).toThrow("1 to 65535");
    expect(() => createSigner({ current: 65536, keys: new Map([[65536, key]]) })).toThrow("1 to 65535");
    expect(() => createSigner({ current: 2, keys: new Map([[1, key]]) })).toThrow("no key 2");
    expect(createSigner(ring(65535)).read("confirm", createSigner(ring(65535)).sign("confirm", [1]))).not.toBeNull();
  });

  it("is copied: wiping the secret afterwards does not change what is signed", () => {
    const secret = new Uint8Array(32).fill(1);
    const signer = createSigner({ current: 1, keys: new Map([[1, secret]]) });
    const before = signer.sign("confirm", [1]);
    secret.fill(0);
    expect(signer.sign("confirm", [1])).toBe(before);
  });
});

describe("a Message-ID", () => {
  it("is the same on every try, differs per mail and key, and fits a dot-atom", () => {
    const signer = createSigner(ring(1, 2));
    expect(signer.messageId([1, 2])).toMatch(/^[a-z2-7]{32}$/);
    expect(signer.messageId([1, 2])).toBe(signer.messageId([1, 2], 1));
    const all = [
      signer.messageId([1, 2]),
      signer.messageId([2, 1]),
      signer.messageId([1, 2], 2),
      signer.messageId([1]),
    ];
    expect(new Set(all).size).toBe(4);
    expect(() => signer.messageId([1, 2, 3, 4, 5])).toThrow("four");
  });
});

describe("a keyed hash", () => {
  it("depends on label, text and key, and is what another library computes", () => {
    const signer = createSigner(ring(1, 2));
    const key = Buffer.from(hkdfSync("sha256", new Uint8Array(32).fill(1), "", "tidings/v1/hash/suppression", 32));
    const expected = createHmac("sha256", key).update("grüße@example.com").digest("hex");
    expect(signer.keyedHash("suppression", "grüße@example.com")).toBe(expected);
    const others = [
      signer.keyedHash("throttle", "grüße@example.com"),
      signer.keyedHash("suppression", "grüße@example.com", 2),
      signer.keyedHash("suppression", "grüße@example.co"),
    ];
    expect(new Set([expected, ...others]).size).toBe(4);
  });

  it("stays the same after the ring has turned, when its old key is named", () => {
    const before = createSigner(ring(1)).keyedHash("suppression", "a@example.com");
    expect(createSigner(ring(2, 1)).keyedHash("suppression", "a@example.com", 1)).toBe(before);
  });
});

/** RFC 4648 by way of big integers, so that it shares nothing with the encoder under test. */
function base32(bytes: Uint8Array): string {
  const digits = Math.ceil((bytes.length * 8) / 5);
  const padding = BigInt(digits * 5 - bytes.length * 8);
  const number = BigInt(`0x${Buffer.from(bytes).toString("hex")}`) << padding;
  const values = Array.from({ length: digits }, (_, at) => Number((number >> BigInt(5 * (digits - 1 - at))) & 31n));
  return values.map((value) => "abcdefghijklmnopqrstuvwxyz234567"[value]).join("");
}
