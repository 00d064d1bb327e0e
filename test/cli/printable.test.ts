import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cut, oneLine, printable, safeJson, width } from "../../src/cli/printable.ts";

const esc = "\x1b";

describe("text from elsewhere", () => {
  test.each([
    ["a link of the terminal's", `name ${esc}]8;;http://evil.example\x07click${esc}]8;;\x07`, "name click"],
    ["a title", `${esc}]0;owned${esc}\\hello`, "hello"],
    ["colours and moves", `${esc}[31mred${esc}[2J${esc}[1;1H`, "red"],
    ["C1 forms of the same", "\x9b31mred\x9d0;title\x07", "red"],
    ["a device string", `${esc}P1$r0m${esc}\\x`, "x"],
    ["a bell and a backspace", "a\x07b\x08c", "abc"],
    ["a carriage return", "10 readers\r99 readers", "10 readers\n99 readers"],
    ["turned writing", "invoice\u202efdp.exe", "invoicefdp.exe"],
    ["isolates and marks", "a\u2066b\u2069c\u200ed\u061ce", "abcde"],
    ["odd line ends", "a\u2028b\u2029c", "abc"],
  ])("cannot steer a terminal: %s", (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test("keeps its letters, line breaks and pictures", () => {
    const text = "Grüße aus Þórshöfn\n田中さん 👩‍👩‍👧";
    expect(printable(text)).toBe(text);
    expect(oneLine(" a\n b \n")).toBe("a b");
  });

  test("has no control or bidi character left, whatever it was", () => {
    const piece = fc.constantFrom(
      esc,
      "[",
      "]",
      "\x9b",
      "\x9d",
      "\x07",
      "\\",
      "P",
      "8;;",
      "\r",
      "\n",
      "\u202e",
      "\x00",
      "a",
      "1m",
      "\x7f",
      "\x85",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
        expect(printable(pieces.join(""))).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });

  test("is read in linear time", () => {
    const began = performance.now();
    for (const bomb of [esc.repeat(100_000), `${esc}]`.repeat(50_000), `${esc}[${"0".repeat(100_000)}`])
      printable(bomb);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

test("JSON means the same and shows nothing dangerous", () => {
  const value = { name: `a${esc}[31m\u202e\x9b\u2028b` };
  const text = safeJson(value);
  expect(JSON.parse(text)).toEqual(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]/);
});

test("width counts columns: wide letters and pictures take two, accents none", () => {
  expect(width("abc")).toBe(3);
  expect(width("田中")).toBe(4);
  expect(width("e\u0301")).toBe(1);
  expect(width("👩‍👩‍👧")).toBe(2);
});

test("cut says where something is missing, and fits", () => {
  expect(cut("harbour", 7)).toBe("harbour");
  expect(cut("harbours", 7)).toBe("harbou…");
  expect(cut("田中田中", 5)).toBe("田中…");
});
