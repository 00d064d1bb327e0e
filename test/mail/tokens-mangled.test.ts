import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase32, toBase32 } from "../../src/mail/base32.ts";
import { createSigner } from "../../src/mail/tokens.ts";

const signer = createSigner({ current: 1, keys: new Map([[1, new Uint8Array(32).fill(1)]]) });
const TOKEN = signer.sign("leave", [7, 1_000_000]);
const READ = { ids: [7, 1_000_000], keyId: 1 };
const HALF = Math.floor(TOKEN.length / 2);

describe("a token that a mail program has mangled", () => {
  it.each([
    ["in capitals", TOKEN.toUpperCase()],
    ["in mixed case", TOKEN.slice(0, 9).toUpperCase() + TOKEN.slice(9)],
    ["with a full stop", `${TOKEN}.`],
    ["with a bracket", `${TOKEN})`],
    ["with an angle bracket", `${TOKEN}>`],
    ["with an equals sign", `${TOKEN}=`],
    ["with a soft break at its end", `${TOKEN}=3D`],
    ["with an escaped ampersand", `${TOKEN}&amp;utm_source=mail`],
    ["with a tracking parameter", `${TOKEN}&fbclid=IwAR0abc`],
    ["with a slash", `${TOKEN}/`],
    ["with a quotation mark and a comma", `${TOKEN}",`],
    ["with an encoded space", `${TOKEN}%20`],
    ["between angle brackets", `<${TOKEN}>`],
    ["between blanks and a line end", `  ${TOKEN}\r\n`],
    ["wrapped in the middle", `${TOKEN.slice(0, HALF)}\r\n ${TOKEN.slice(HALF)}`],
    ["with a soft line break in the middle", `${TOKEN.slice(0, HALF)}=\r\n${TOKEN.slice(HALF)}`],
    ["with a zero-width space in the middle", `${TOKEN.slice(0, HALF)}\u200b${TOKEN.slice(HALF)}`],
    ["followed by 100 kB of junk", `${TOKEN}.${"x".repeat(100_000)}`],
  ])("still reads: %s", (_, mangled) => {
    expect(signer.read("leave", mangled)).toEqual(READ);
  });
});

describe("a token that is not ours", () => {
  it("is refused after any single bit was flipped", () => {
    const bytes = fromBase32(TOKEN);
    if (bytes === null) throw new Error("unreadable");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const forged = Uint8Array.from(bytes);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(signer.read("leave", toBase32(forged)), `bit ${bit}`).toBeNull();
    }
  });

  it("is refused when any one character is another, also a look-alike", () => {
    for (let at = 0; at < TOKEN.length; at++) {
      for (const other of "a2z7019!\u212a\u017fＡ") {
        if (other === TOKEN[at]) continue;
        const forged = TOKEN.slice(0, at) + other + TOKEN.slice(at + 1);
        expect(signer.read("leave", forged), forged).toBeNull();
      }
    }
  });

  it("is refused cut short, prolonged, doubled or empty", () => {
    for (let length = 0; length < TOKEN.length; length++) {
      expect(signer.read("leave", TOKEN.slice(0, length))).toBeNull();
    }
    for (const forged of [`${TOKEN}a`, `${TOKEN}aa`, `a${TOKEN}`, TOKEN + TOKEN, "=", " ", "\0"]) {
      expect(signer.read("leave", forged), JSON.stringify(forged)).toBeNull();
    }
  });

  it("is refused in any spelling but the one that is written: no long number, no set bits in the remainder", () => {
    const bytes = Array.from(fromBase32(TOKEN) ?? []);
    const long = Uint8Array.from([...bytes.slice(0, 1), 0x87, 0x00, ...bytes.slice(2)]);
    expect(signer.read("leave", toBase32(long))).toBeNull();
    const last = "abcdefghijklmnopqrstuvwxyz234567".indexOf(TOKEN.at(-1) ?? "");
    const remainder = (TOKEN.length * 5) % 8;
    expect(remainder).toBeGreaterThan(0);
    const sibling = "abcdefghijklmnopqrstuvwxyz234567"[last ^ 1] ?? "";
    expect(signer.read("leave", TOKEN.slice(0, -1) + sibling)).toBeNull();
  });

  it("is refused and never throws, whatever the bytes or the text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 330 }), fc.string({ unit: "binary" }), (bytes, text) => {
        for (const purpose of ["confirm", "leave", "preferences", "archive"] as const) {
          expect(signer.read(purpose, toBase32(bytes))).toBeNull();
          expect(signer.read(purpose, text)).toBeNull();
        }
      }),
      { numRuns: 500 },
    );
  });

  it("is refused with a number that goes on for ever, is past 2^53-1 or has no end", () => {
    const tag = new Uint8Array(16);
    for (const byte of [0x00, 0x7f, 0x80, 0xff]) {
      const endless = Uint8Array.of(5, ...new Uint8Array(300).fill(byte), 1, ...tag);
      expect(signer.read("confirm", toBase32(endless)), `0x${byte.toString(16)}`).toBeNull();
    }
    const past = Uint8Array.of(5, ...new Uint8Array(7).fill(0x80), 0x10, ...tag);
    expect(signer.read("confirm", toBase32(past))).toBeNull();
    const bytes = Array.from(fromBase32(TOKEN) ?? []);
    const open = Uint8Array.from([...bytes.slice(0, -16), 0x87, ...bytes.slice(-16)]);
    expect(signer.read("leave", toBase32(open))).toBeNull();
  });
});

describe("base32", () => {
  it("gives back any bytes, in either case", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = toBase32(bytes);
        expect(fromBase32(text)).toEqual(bytes);
        expect(fromBase32(text.toUpperCase())).toEqual(bytes);
      }),
    );
  });

  it("has one spelling for each value", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz234567"), maxLength: 40 }),
        (text) => {
          const bytes = fromBase32(text);
          if (bytes !== null) expect(toBase32(bytes)).toBe(text);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
