import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIssue } from "../../src/issue/parse.ts";

const yamlPiece = fc.constantFrom(
  ..."subject newsletter slug date preheader : | > - --- ... ? & * ! [ ] { } # ' \" % @ \\ \\u0000 , ~ null 1e9 << =".split(
    " ",
  ),
  "\n",
  "\r\n",
  "\r",
  "\t",
  "  ",
  "{{ subscriber.name }}",
  "\u2028",
  "\ufeff",
  "é",
);
const yamlLike = fc.array(yamlPiece, { maxLength: 60 }).map((pieces) => pieces.join(""));
const anything = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  yamlLike,
  yamlLike.map((text) => `---\n${text}\n---\nHello`),
  fc.string({ unit: "binary", maxLength: 200 }).map((text) => `---\r\n${text}\r\n---\r\nHello`),
);

describe("parseIssue on any input", () => {
  it("never throws, and gives an issue exactly when no fault is an error", () => {
    fc.assert(
      fc.property(anything, (source) => {
        const { issue, faults } = parseIssue(source, "an issue.md");
        expect(issue === null).toBe(faults.some((fault) => fault.level === "error"));
      }),
      { numRuns: 3000 },
    );
  });

  it("points every fault at a place inside the file, with a remedy", () => {
    fc.assert(
      fc.property(anything, (source) => {
        const lines = source.replace(/^\ufeff/, "").split(/\r\n?|\n/);
        for (const { line, column, hint } of parseIssue(source).faults) {
          expect(lines[line - 1]).toBeDefined();
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 2);
          expect(hint).toBeTruthy();
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("finds the same faults under every kind of line end", () => {
    fc.assert(
      fc.property(anything, (source) => {
        const unix = source.replaceAll(/\r\n?/g, "\n");
        expect(parseIssue(unix.replaceAll("\n", "\r\n"))).toEqual(parseIssue(unix));
        expect(parseIssue(unix.replaceAll("\n", "\r"))).toEqual(parseIssue(unix));
      }),
      { numRuns: 1000 },
    );
  });

  it("reads back any subject that was quoted", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }), (subject) => {
        fc.pre(subject.trim() === subject && subject.isWellFormed() && !/[\p{Cc}\u2028\u2029\ufffd]/u.test(subject));
        const source = `---\nnewsletter: a\nsubject: ${JSON.stringify(subject)}\npreheader: p\nslug: c\n---\nx`;
        expect(parseIssue(source).issue?.subject).toBe(subject);
      }),
    );
  });

  it.each(["[", "{a: ", "- ", "? ", "a: ", "&a ", "*a ", "!!", "'", '"', "\\", "#", "---\n", "key: value\n"])(
    "answers at once to a file full of %j",
    (piece) => {
      const many = piece.repeat(9_000 / piece.length);
      for (const source of [
        `---\n${many}\n---\nx`,
        piece.repeat(1_000_000 / piece.length - 10),
        `---\nsubject: ${many}\n---\nx`,
      ]) {
        // What takes more than linear time runs into the suite's timeout.
        expect(() => parseIssue(source)).not.toThrow();
      }
    },
  );
});
