import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { frameIssue, frameMessages, stuffDots } from "../../../src/provider/smtp/parcel.ts";
import { issue, notice, readers } from "../samples.ts";

const text = (bytes: Uint8Array | readonly Uint8Array[]): string =>
  Buffer.concat(bytes instanceof Uint8Array ? [bytes] : bytes).toString("latin1");

describe("a dot that begins a line", () => {
  test.each([
    ["", ""],
    ["a.b\r\n", "a.b\r\n"],
    [".\r\n", "..\r\n"],
    [".a\r\n.\r\n..b\r\n", "..a\r\n..\r\n...b\r\n"],
    ["a\r\n.b.c\r\n", "a\r\n..b.c\r\n"],
  ])("is doubled: %j becomes %j", (plain, stuffed) => {
    expect(text(stuffDots(Buffer.from(plain)))).toBe(stuffed);
  });

  test("costs nothing where there is none", () => {
    const bytes = Buffer.from("a.b\r\nc.\r\n");
    expect(stuffDots(bytes)).toBe(bytes);
  });

  test("is read back as it was by any receiver", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(".", "a", "\r\n", "..", ".\r\n")), (parts) => {
        const plain = parts.join("");
        expect(text(stuffDots(Buffer.from(plain))).replace(/(^|\r\n)\.\./g, "$1.")).toBe(plain);
      }),
    );
  });
});

test("no line of a mail begins with a single dot, and none ends it early, whatever stands in it", () => {
  const piece = fc.constantFrom(
    ".",
    "..",
    "\n.\n",
    "\r\n.\r\n",
    "\r.\r",
    "x",
    " ",
    "é",
    "https://a.tld/",
    ".".repeat(80),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(piece, { maxLength: 6 }), (parts, names) => {
      const [reader] = readers(1);
      const own = { ...reader!, values: { ...reader!.values, name: names.join("") } };
      const html = [...parts, ...issue.html, parts.join("")];
      const body = frameIssue({ ...issue, html, text: [...issue.text, ...parts] })([own]);
      const message = notice("a@post.tld", { html: parts.join(""), text: names.join("") });
      for (const letter of [...body.letters, ...frameMessages([message]).letters]) {
        const whole = text(letter.chunks);
        expect(whole).not.toMatch(/(?:^|\r\n)\.(?!\.)/);
        expect(whole.endsWith("\r\n")).toBe(true);
        expect(whole).not.toMatch(/\r(?!\n)|(?<!\r)\n|[^\t\r\n -~]|[^\r\n]{999}/);
        expect(letter.size).toBe(whole.length);
      }
    }),
  );
});

test("a call's bytes are its envelopes and mails as they go over the wire", () => {
  const body = frameIssue(issue)(readers(2));
  const whole = text(body.chunks);
  expect(body.size).toBe(whole.length);
  expect(whole.match(/MAIL FROM:<[^>]*>\r\nRCPT TO:<[^>]*>\r\nDATA\r\n/g)).toEqual([
    "MAIL FROM:<frueh@morgenblatt.tld>\r\nRCPT TO:<leserin0@post0.tld>\r\nDATA\r\n",
    "MAIL FROM:<frueh@morgenblatt.tld>\r\nRCPT TO:<leserin1@post1.tld>\r\nDATA\r\n",
  ]);
  expect(whole.split("\r\n.\r\n")).toHaveLength(3);
});

test("readers share what is the same for all of them", () => {
  const large = { ...issue, html: [`<p>${"x".repeat(5_000)}</p>`, ...issue.html] };
  const [first, second] = frameIssue(large)(readers(2)).letters;
  const shared = (first?.chunks ?? []).filter((chunk) => chunk.length > 4_000 && second?.chunks.includes(chunk));
  expect(shared.length).toBeGreaterThan(0);
});

test("the domain that signs is the sender's", () => {
  const from = { name: "", address: "briefe@News.Morgenblatt.tld" };
  expect(frameMessages([notice("a@post.tld", { from })]).letters.map(({ domain }) => domain)).toEqual([
    "news.morgenblatt.tld",
  ]);
});
