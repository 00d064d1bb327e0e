import { describe, expect, it } from "vitest";
import { printText } from "../../src/mail/plaintext.ts";
import { read } from "./reading.ts";

function text(source: string): string {
  return printText(read(source).blocks);
}

describe("Markdown as plain text", () => {
  it("underlines the first two levels of headings", () => {
    expect(text("# One two\n\n## Three\n\n### Four")).toBe("One two\n=======\n\nThree\n-----\n\nFour");
  });

  it("wraps at 72 columns and never inside an address", () => {
    const long = `https://a.example/${"x".repeat(90)}`;
    const lines = text(`${"word ".repeat(40)}[on](${long}) ${"word ".repeat(20)}`).split("\n");
    expect(lines.filter((line) => line.length > 72)).toEqual([`(${long})`]);
    expect(lines.some((line) => line.length > 66)).toBe(true);
  });

  it("writes a link's address behind its text, once where they are the same", () => {
    expect(text("A [b](https://c.example/d). https://c.example/e, [c.example](https://c.example/).")).toBe(
      "A b (https://c.example/d). https://c.example/e, https://c.example/.",
    );
    expect(text("[Ida](mailto:ida@a.example?subject=Hi%20there)")).toBe("Ida (ida@a.example)");
  });

  it("writes a button as its words and its address", () => {
    expect(text("[Read on](https://a.example/){button}")).toBe("Read on: https://a.example/");
  });

  it("writes a picture as its description, with caption and link", () => {
    expect(text('[![A boat](https://a.example/b.png "At dawn")](https://a.example/)')).toBe(
      "[A boat]\nAt dawn\nhttps://a.example/",
    );
  });

  it("indents lists and wraps inside the indent", () => {
    const source = `1. ${"word ".repeat(20)}\n2. b\n   - c\n   - d`;
    expect(text(source)).toBe(`1. ${"word ".repeat(14).trim()}\n   ${"word ".repeat(6).trim()}\n2. b\n   - c\n   - d`);
  });

  it("quotes with angle brackets, the empty lines too", () => {
    expect(text("> a\n>\n> — b")).toBe("> a\n>\n> — b");
  });

  it("sets a table in columns, numbers to the right", () => {
    expect(text("| Party | For |\n|--|--:|\n| Harbour | 11 |\n| Union | 6 |")).toBe(
      "Party    For\n-------  ---\nHarbour   11\nUnion      6",
    );
  });

  it("writes a table that is too wide as labelled lines, row by row", () => {
    const link = `https://a.example/${"x".repeat(60)}`;
    expect(text(`| Who | Where |\n|--|--|\n| Ida | [Pier](${link}) |\n| Ole | - |`)).toBe(
      `Who: Ida\nWhere: Pier\n  (${link})\n\nWho: Ole\nWhere: -`,
    );
  });

  it("keeps code as it is, indented", () => {
    expect(text("```\na  b\n\n  c\n```")).toBe("    a  b\n\n      c");
  });

  it("parts sections with three stars", () => {
    expect(text("a\n\n---\n\nb")).toBe("a\n\n* * *\n\nb");
  });
});
