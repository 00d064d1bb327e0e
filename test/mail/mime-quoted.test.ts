import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quotedPrintable } from "../../src/mail/quoted.ts";

/** RFC 2045 §6.7 backwards, strict: anything irregular throws. */
function decode(encoded: string): string {
  const joined = encoded.replaceAll("=\r\n", "");
  if (/=(?![0-9A-F]{2})/.test(joined)) throw new Error("stray =");
  const latin = joined.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin, "latin1"));
}

describe("quoted-printable", () => {
  it.each([
    ["", ""],
    ["a=b", "a=3Db"],
    ["Grüße", "Gr=C3=BC=C3=9Fe"],
    ["a\tb c", "a\tb c"],
    ["a \nb\t", "a=20\r\nb=09"],
    ["a\r\nb\nc\rd", "a\r\nb\r\nc\r\nd"],
    [".\n..", "=2E\r\n=2E."],
    ["From me\nfrom me\nFrommage", "=46rom me\r\nfrom me\r\n=46rommage"],
    ["\0\u007f", "=00=7F"],
  ])("spells %j as %j", (text, expected) => {
    expect(quotedPrintable(text)).toBe(expected);
  });

  it("fills a line to 76 columns and breaks softly after 75", () => {
    expect(quotedPrintable("x".repeat(76))).toBe("x".repeat(76));
    expect(quotedPrintable("x".repeat(77))).toBe(`${"x".repeat(75)}=\r\nxx`);
    expect(quotedPrintable(`${"x".repeat(75)}ü`)).toBe(`${"x".repeat(75)}=\r\n=C3=BC`);
    expect(quotedPrintable(`${"x".repeat(75)} `)).toBe(`${"x".repeat(75)}=\r\n=20`);
    expect(quotedPrintable(`${"x".repeat(75)}.a`)).toBe(`${"x".repeat(75)}=\r\n=2Ea`);
  });

  it("gives every text back, but for the kind of line ends, in lines that no relay touches", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 500 }),
      fc.string({
        unit: fc.constantFrom(".", " ", "\t", "\n", "\r", "=", "F", "From ", "é", "😀", "abcdefgh"),
        maxLength: 500,
      }),
    );
    fc.assert(
      fc.property(text, (original) => {
        const encoded = quotedPrintable(original);
        for (const line of encoded.split("\r\n")) expect(line).toMatch(/^(?!\.|From )[\t -~]{0,76}(?<![ \t])$/);
        expect(decode(encoded)).toBe(original.replace(/\r\n|\r|\n/g, "\r\n"));
      }),
      { numRuns: 1000 },
    );
  });
});
