import { describe, expect, test } from "vitest";
import { createReplyReader, enhancedOf, type Reply, receiptOf, wordsOf } from "../../../src/provider/smtp/replies.ts";

/** All replies in a text that comes in pieces of so many characters. */
function readAll(text: string, piece: number): (Reply | "garbage")[] {
  const reader = createReplyReader();
  const found: (Reply | "garbage")[] = [];
  for (let at = 0; at < text.length; at += piece) {
    reader.push(text.slice(at, at + piece));
    for (let next = reader.next(); next !== null; next = reader.next()) {
      found.push(next);
      if (next === "garbage") return found;
    }
  }
  return found;
}

describe("a reply reader", () => {
  const text = "220 mx ESMTP\r\n250-mx\r\n250-SIZE 10\r\n250 PIPELINING\r\n354\r\n250 2.0.0 Ok\n";
  for (const piece of [1, 2, 7, 500]) {
    test(`reads replies of one and more lines in pieces of ${piece}`, () => {
      expect(readAll(text, piece)).toEqual([
        { code: 220, lines: ["mx ESMTP"] },
        { code: 250, lines: ["mx", "SIZE 10", "PIPELINING"] },
        { code: 354, lines: [""] },
        { code: 250, lines: ["2.0.0 Ok"] },
      ]);
    });
  }

  test.each([
    ["no code", "hello\r\n"],
    ["a code of two digits", "25 ok\r\n"],
    ["a code of four digits", "2500 ok\r\n"],
    ["a code that SMTP does not have", "150 ok\r\n"],
    ["a code above all others", "650 ok\r\n"],
    ["letters for digits", "25O ok\r\n"],
    ["lines of different codes", "250-a\r\n251 b\r\n"],
    ["an empty line", "\r\n"],
    ["a line without an end", "2".repeat(5_000)],
    ["a line that is too long", `250 ${"x".repeat(5_000)}\r\n`],
    ["lines without an end", "250-x\r\n".repeat(200)],
  ])("takes %s for garbage", (_, garbage) => {
    expect(readAll(garbage, 1_000)).toEqual(["garbage"]);
  });

  test("believes nothing that comes behind garbage, and keeps none of it", () => {
    const reader = createReplyReader();
    reader.push("nonsense\r\n250 ok\r\n");
    expect(reader.next()).toBe("garbage");
    reader.push("250 ok\r\n");
    expect(reader.next()).toBe("garbage");
    expect(reader.holds()).toBe(true);
  });

  test("tells whether a part of a reply is left", () => {
    const reader = createReplyReader();
    expect(reader.holds()).toBe(false);
    reader.push("250-a\r\n");
    expect([reader.next(), reader.holds()]).toEqual([null, true]);
    reader.push("250 b\r\n2");
    expect([reader.next(), reader.holds()]).toEqual([{ code: 250, lines: ["a", "b"] }, true]);
    reader.push("50 c\r\n");
    expect([reader.next(), reader.holds()]).toEqual([{ code: 250, lines: ["c"] }, false]);
  });
});

describe("a reply's words", () => {
  const reply = (code: number, ...lines: string[]): Reply => ({ code, lines });

  test("are on one line, without the enhanced code that each line repeats", () => {
    const found = reply(550, "5.1.1 No such user", "5.1.1 Ask somebody else");
    expect([enhancedOf(found), wordsOf(found)]).toEqual(["5.1.1", "No such user Ask somebody else"]);
  });

  test("keep numbers that are no enhanced code", () => {
    for (const line of ["5.1.1.2 is my address", "5.1 x", "4.1.1 of another class", "10.0.0.1 refused"]) {
      expect([enhancedOf(reply(550, line)), wordsOf(reply(550, line))]).toEqual([null, line]);
    }
  });

  test("hold no controls, nothing outside ASCII, and at most 200 characters", () => {
    const words = wordsOf(reply(550, `5.7.1 a\x1b[31m\0 b\u00e9\u00e9 ${"x".repeat(500)}`));
    expect(words).toMatch(/^a\?\[31m\? b\? x+$/);
    expect(words).toHaveLength(200);
  });

  test("make a receipt that is never empty", () => {
    expect(receiptOf(reply(250, "2.0.0 Ok: queued as 4XyZ"))).toBe("2.0.0 Ok: queued as 4XyZ");
    expect(receiptOf(reply(250, ""))).toBe("250");
  });
});
