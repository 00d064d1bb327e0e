import fc from "fast-check";
import { expect, test } from "vitest";
import { createSplice, type Piece } from "../../src/mail/splice.ts";

const long = "é, a long text that all readers share. ".repeat(20);
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "é", "早", "😀", "x".repeat(600)), maxLength: 5 }),
  fc.string({ unit: "binary", maxLength: 8 }).filter((given) => given.isWellFormed()),
);

/** The same, as anybody would write it. */
function plainly(pieces: readonly Piece[], rows: readonly (readonly string[])[]): string {
  return rows.map((row) => pieces.map((piece) => (typeof piece === "string" ? piece : row[piece])).join("")).join("");
}

test("the chunks are what joining everything would give, whatever is short, long, empty or beyond ASCII", () => {
  const pieces = fc.array(fc.oneof(text, fc.constant(long), fc.nat(2)), { maxLength: 12 });
  const rows = fc.array(fc.tuple(text, text, text), { maxLength: 5 });
  fc.assert(
    fc.property(pieces, rows, (given, readers) => {
      const { chunks, size, own, lengths } = createSplice(given)(readers);
      const whole = Buffer.concat(chunks);
      expect(whole.toString()).toBe(plainly(given, readers));
      expect(size).toBe(whole.length);
      expect(chunks.every((chunk) => chunk.length > 0)).toBe(true);
      expect(Buffer.from(own).toString()).toBe(readers.flat().join(""));
      expect(lengths).toEqual(readers.flat().map((one) => Buffer.byteLength(one)));
    }),
    { numRuns: 1_000 },
  );
});

test("what is long is one and the same chunk for all readers and calls, what is short is copied", () => {
  const splice = createSplice([0, long, "end", 1, "short", 0, "start", long]);
  const [once, twice] = [
    splice([["a", "b"]]),
    splice([
      ["c", "d"],
      ["e", "f"],
    ]),
  ];
  const shared = once.chunks.filter((chunk) => twice.chunks.includes(chunk));
  expect(shared.map((chunk) => Buffer.from(chunk).toString())).toEqual([`${long}end`, `start${long}`]);
  expect(once.chunks).toHaveLength(4);
  expect(twice.chunks).toHaveLength(8);
});

test("no readers get nothing, and a row that is too short is refused", () => {
  expect(createSplice([0, long])([])).toMatchObject({ chunks: [], size: 0 });
  expect(() =>
    createSplice([0, "x", 2])([
      ["a", "b", "c"],
      ["a", "b"],
    ]),
  ).toThrow("A row of 2 texts where 3 are needed");
});
