import fc from "fast-check";
import PostalMime from "postal-mime";
import { describe, expect, it } from "vitest";
import { headerFault, issueHeaders, mailboxFault } from "../../src/mail/headers.ts";
import type { Message } from "../../src/mail/message.ts";
import { encodeMime } from "../../src/mail/mime.ts";

const LETTER: Message = {
  from: { name: "Morgenpost", address: "news@example.com" },
  to: "rosa@example.org",
  replyTo: null,
  subject: "Guten Morgen",
  html: "<p>Hallo</p>",
  text: "Hallo",
  headers: issueHeaders({
    listName: "Welt",
    listId: "welt.news.example.com",
    leaveUrl: "https://news.example.com/u/aub4bbb5",
  }),
  messageId: "w36whg33vw4fyu235fvkmrn3hglvd5a4@example.com",
  date: Date.UTC(2026, 10, 22),
  tags: [],
};

/** FMT-03 by the bytes: CRLF only, ASCII, no long line, no blank or dot where a relay would touch it. */
function expectCleanBytes(bytes: Uint8Array): void {
  const raw = Buffer.from(bytes).toString("latin1");
  expect(raw).toMatch(/^[\t\r\n -~]*$/);
  expect(raw).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
  expect(raw.endsWith("\r\n")).toBe(true);
  const lines = raw.split("\r\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(76);
  for (const line of lines) expect(line).not.toMatch(/^\.|^From |[ \t]$/);
}

/** As the parser gives it: line ends unified, the one that belongs to the boundary kept (RFC 2046 §5.1.1). */
function normalised(text: string): string {
  return `${text.replace(/\r\n|\r/g, "\n")}\n`;
}

const subject = fc
  .oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 200 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 200 }),
    fc.string({
      unit: fc.constantFrom("=?", "?=", "UTF-8", "?Q?", " ", ",", '"', "<", ">", ":", ";", "é", "\\"),
      minLength: 1,
    }),
  )
  .filter((text) => headerFault(text) === null && text.trim() === text && !text.includes("\ufffd"));

const body = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.string({
    unit: fc.constantFrom("\r", "\n", "\r\n", ".", "=", " ", "\t", "From ", "ü", "👩‍👩‍👧‍👦", "x".repeat(70)),
    maxLength: 200,
  }),
);

describe("a message reads back through another parser", () => {
  it("whatever its subject and names", async () => {
    await fc.assert(
      fc.asyncProperty(subject, subject, async (title, name) => {
        fc.pre(mailboxFault({ name, address: "news@example.com" }) === null);
        const from = { name, address: "news@example.com" };
        const bytes = encodeMime({ ...LETTER, subject: title, from, replyTo: from });
        expectCleanBytes(bytes);
        const mail = await PostalMime.parse(bytes);
        expect(mail.subject).toBe(title);
        expect(mail.from).toEqual(from);
        expect(mail.replyTo).toEqual([from]);
        expect(mail.headers.map(({ key }) => key)).not.toContain("bcc");
        expect(mail.headers).toHaveLength(11);
      }),
      { numRuns: 500 },
    );
  });

  it("whatever its bodies, but for the kind of line ends", async () => {
    await fc.assert(
      fc.asyncProperty(body, body, async (text, html) => {
        const bytes = encodeMime({ ...LETTER, text, html });
        expectCleanBytes(bytes);
        const mail = await PostalMime.parse(bytes);
        expect(mail.text).toBe(normalised(text));
        expect(mail.html).toBe(normalised(html));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["300 emoji", "😀".repeat(300)],
    ["300 families", "👩‍👩‍👧‍👦".repeat(300)],
    ["flags and skin tones", "🇩🇪👍🏽".repeat(60)],
    ["right-to-left text", "שלום עולם, \u200fمرحبا بالعالم ".repeat(12).trim()],
    ["combining marks", "Z\u0351\u036b\u0343a\u0308\u0323".repeat(60)],
    ["an isolated bidi span", "Neu: \u2067אבג\u2069 heute"],
    [
      "every C1 character but one",
      Array.from({ length: 32 }, (_, n) => String.fromCharCode(128 + n))
        .filter((c) => c !== "\u0085")
        .join(""),
    ],
    ["an encoded-word", "=?UTF-8?Q?Bcc:_evil@example.com?="],
    ["the syntax of a header", "Bcc: evil@example.com, <x>; (y)"],
    ["998 letters without a blank", "x".repeat(998)],
  ])("with a subject of %s", async (_, title) => {
    const bytes = encodeMime({ ...LETTER, subject: title });
    expectCleanBytes(bytes);
    expect((await PostalMime.parse(bytes)).subject).toBe(title);
  });

  it.each([
    "Acme, Inc.",
    'a"b\\c',
    "Grüße",
    "Grüße, Welt",
    "Dr. No",
    "a; b: c",
    "<b>",
    "(c)",
    "=?UTF-8?Q?x?=",
    "日".repeat(100),
  ])("with the sender's name %j", async (name) => {
    const bytes = encodeMime({ ...LETTER, from: { name, address: "news@example.com" } });
    expectCleanBytes(bytes);
    expect((await PostalMime.parse(bytes)).from).toEqual({ name, address: "news@example.com" });
  });

  it.each([
    ["a word of 5,000 letters", "x".repeat(5000)],
    ["a word of 5,000 umlauts", "ü".repeat(5000)],
    ["a lone dot", "a\n.\nb"],
    ["a dot at every start", ".a\r\n..b\r\n."],
    ["a dot between lone carriage returns", "\r.\r"],
    ["a lone carriage return", "a\rb"],
    ["a NUL", "a\0b"],
    ["what looks like an mbox", "From rosa\nFrom you"],
    ["blanks before line ends", "a \nb\t\n \n"],
    ["an empty body", ""],
    ["75 to 77 columns", ["x".repeat(75), "x".repeat(76), "x".repeat(77)].join("\n")],
  ])("with a body of %s", async (_, text) => {
    const bytes = encodeMime({ ...LETTER, text, html: `<pre>${text}</pre>` });
    expectCleanBytes(bytes);
    const mail = await PostalMime.parse(bytes);
    expect(mail.text).toBe(normalised(text));
    expect(mail.html).toBe(normalised(`<pre>${text}</pre>`));
  });
});
