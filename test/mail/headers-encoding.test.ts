import fc from "fast-check";
import { addressParser, decodeWords } from "postal-mime";
import { describe, expect, it } from "vitest";
import { encodeHeaderText, encodeListId, encodeMailbox, headerFault, issueHeaders } from "../../src/mail/headers.ts";

const NAMES = ["Subject", "X-Note", "X-A-Rather-Long-Header-Name-That-Takes-Most-Of-The-Line"];

const headerText = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.string({ unit: "grapheme", maxLength: 100 }),
    fc.string({ unit: "grapheme-ascii", maxLength: 300 }),
    fc
      .array(fc.constantFrom("news", "Grüße", "=?UTF-8?Q?a?=", "👩‍👩‍👧‍👦", "", "x".repeat(80)), { maxLength: 40 })
      .map((w) => w.join(" ")),
  )
  .filter((text) => headerFault(text) === null);

function unfold(value: string): string {
  return value.replace(/^\r\n /, "").replace(/\r\n(?=[ \t])/g, "");
}

/** Asserts what every encoded header must be, whatever it says. */
function expectWellFormed(name: string, value: string): void {
  const lines = `${name}: ${value}`.split("\r\n");
  for (const line of lines) {
    expect(line).toMatch(/^[ -~]*$/);
    expect(line.length).toBeLessThanOrEqual(76);
  }
  for (const line of lines.slice(1)) expect(line).toMatch(/^ \S/);
  expect(value).not.toMatch(/=\?UTF-8\?[BQ]\?\?=/);
  for (const word of value.match(/=\?UTF-8\?[BQ]\?[^?]*\?=/g) ?? []) {
    expect(word.length).toBeLessThanOrEqual(75);
    expect(decodeWords(word)).not.toContain("\ufffd");
  }
}

describe("an unstructured header", () => {
  it("reads back as it was, in ASCII lines of at most 76 columns", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMES),
        headerText.filter((t) => !t.includes("\ufffd")),
        (name, text) => {
          const value = encodeHeaderText(name, text);
          expectWellFormed(name, value);
          expect(decodeWords(unfold(value))).toBe(text);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("never splits a code point between two encoded-words", () => {
    for (let shift = 0; shift < 60; shift++) {
      const value = encodeHeaderText("Subject", "a".repeat(shift) + "👩‍👩‍👧‍👦é\u0301שׁ".repeat(30));
      expectWellFormed("Subject", value);
      for (const word of value.split("\r\n ")) expect(isWellFormed(word), word).toBe(true);
    }
  });

  it("stays literal when it is plain ASCII, folded between words", () => {
    expect(encodeHeaderText("Subject", "Five things to know today: 1, 2 & 3!")).toBe(
      "Five things to know today: 1, 2 & 3!",
    );
    const long = Array.from({ length: 40 }, (_, n) => `word${n}`).join(" ");
    const value = encodeHeaderText("Subject", long);
    expect(value).not.toContain("=?");
    expectWellFormed("Subject", value);
    expect(unfold(value)).toBe(long);
  });

  it.each(["=?UTF-8?Q?Free?=", "a =?x", " leading", "trailing ", "two  blanks", "x".repeat(200), " "])(
    "is encoded where plain ASCII would not survive: %j",
    (text) => {
      const value = encodeHeaderText("Subject", text);
      expect(value).toMatch(/^=\?UTF-8\?[QB]\?/);
      expect(decodeWords(unfold(value))).toBe(text);
    },
  );

  it("is legible in the source where that costs little, and empty where it says nothing", () => {
    expect(encodeHeaderText("Subject", "Grüße aus Berlin")).toBe("=?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus_Berlin?=");
    expect(encodeHeaderText("Subject", "Привет")).toBe("=?UTF-8?B?0J/RgNC40LLQtdGC?=");
    expect(encodeHeaderText("Subject", "")).toBe("");
  });

  it("is never literal text that looks encoded", () => {
    const value = encodeHeaderText("Subject", "=?UTF-8?B?R3LDvMOfZQ==?=");
    expect(decodeWords(value)).toBe("=?UTF-8?B?R3LDvMOfZQ==?=");
  });
});

describe("an address header", () => {
  it.each([
    ["Morgenpost am Sonntag", "Morgenpost am Sonntag <news@example.com>"],
    ["Acme, Inc.", '"Acme, Inc." <news@example.com>'],
    ['a"b\\c', '"a\\"b\\\\c" <news@example.com>'],
    ["Dr. No", '"Dr. No" <news@example.com>'],
    ["a  b", '"a  b" <news@example.com>'],
    ["Grüße", "=?UTF-8?Q?Gr=C3=BC=C3=9Fe?= <news@example.com>"],
    ["Grüße, Welt", "=?UTF-8?Q?Gr=C3=BC=C3=9Fe=2C_Welt?= <news@example.com>"],
    ["", "news@example.com"],
  ])("writes the name %j so that it stays one name", (name, expected) => {
    expect(encodeMailbox({ name, address: "news@example.com" }, "From")).toBe(expected);
  });

  it("quotes a local part that is no dot-atom", () => {
    expect(encodeMailbox({ name: "", address: "a..b@example.com" }, "From")).toBe('"a..b"@example.com');
  });

  it("is always one mailbox with the name and address given", () => {
    const name = headerText.filter((text) => !text.includes("@") && text.trim() === text && !text.includes("\ufffd"));
    fc.assert(
      fc.property(name, (text) => {
        const value = encodeMailbox({ name: text, address: "news@example.com" }, "Reply-To");
        expectWellFormed("Reply-To", value);
        const parsed = addressParser(unfold(value));
        expect(parsed).toHaveLength(1);
        expect(parsed[0]?.address).toBe("news@example.com");
        expect(parsed[0]?.name).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it("moves a long address to a line of its own", () => {
    const address = `news@${"a".repeat(50)}.example.com`;
    const value = encodeMailbox({ name: "Acme, Incorporated", address }, "From");
    expect(value).toBe(`"Acme, Incorporated"\r\n <${address}>`);
  });
});

describe("a List-Id", () => {
  it.each([
    "Morgenpost",
    "Acme, Inc.",
    'a"b\\c',
    "Grüße, Welt",
    "Grüße <b>",
    "=?x?=",
    "日曜版".repeat(30),
    '"quoted"',
    "",
  ])("carries the name %j and leaves the id readable", (listName) => {
    const [header] = issueHeaders({ listName, listId: "m.news.example.com", leaveUrl: "https://a.example/u/x" });
    const value = encodeListId("List-Id", header?.[1] ?? "");
    expectWellFormed("List-Id", value);
    expect(value.endsWith("<m.news.example.com>")).toBe(true);
    const parsed = addressParser(unfold(value).replace("<m.", "<m@"));
    expect(parsed[0]?.name).toBe(listName);
  });
});

/** Decodes one encoded-word by itself, refusing bytes that are not whole UTF-8. */
function isWellFormed(word: string): boolean {
  const [, encoding = "", text = ""] = /^=\?UTF-8\?([BQ])\?([^?]*)\?=$/.exec(word) ?? [];
  const bytes =
    encoding === "B"
      ? Buffer.from(text, "base64")
      : Buffer.from(
          text
            .replaceAll("=", "%")
            .replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
          "latin1",
        );
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return encoding !== "";
  } catch {
    return false;
  }
}
