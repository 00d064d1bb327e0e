import PostalMime from "postal-mime";
import { describe, expect, it } from "vitest";
import { issueHeaders, noticeHeaders } from "../../src/mail/headers.ts";
import type { Header, Message } from "../../src/mail/message.ts";
import { encodeMime } from "../../src/mail/mime.ts";

const LETTER: Message = {
  from: { name: "Morgenpost", address: "news@example.com" },
  to: "rosa@example.org",
  replyTo: { name: "Acme, Inc.", address: "desk@example.com" },
  subject: "Was heute wichtig wird: Grüße",
  html: "<p>Grüße</p>\n",
  text: "Grüße\n",
  headers: issueHeaders({
    listName: "Grüße, Welt",
    listId: "welt.news.example.com",
    leaveUrl: "https://news.example.com/u/aub4bbb5",
    ownerAddress: "desk@example.com",
  }),
  messageId: "w36whg33vw4fyu235fvkmrn3hglvd5a4@example.com",
  date: Date.UTC(2026, 10, 22, 10, 51, 56),
  tags: [["issue", "1"]],
};

function write(changes: Partial<Message> = {}): string {
  return new TextDecoder().decode(encodeMime({ ...LETTER, ...changes }));
}

describe("a message", () => {
  it("is read by another parser as it was meant", async () => {
    const mail = await PostalMime.parse(encodeMime(LETTER));
    expect(mail.from).toEqual({ name: "Morgenpost", address: "news@example.com" });
    expect(mail.to).toEqual([{ name: "", address: "rosa@example.org" }]);
    expect(mail.replyTo).toEqual([{ name: "Acme, Inc.", address: "desk@example.com" }]);
    expect(mail.subject).toBe(LETTER.subject);
    expect(mail.messageId).toBe(`<${LETTER.messageId}>`);
    expect(mail.date).toBe("2026-11-22T10:51:56.000Z");
    // The parser keeps the line end that belongs to the boundary (RFC 2046 §5.1.1).
    expect(mail.text).toBe("Grüße\n\n");
    expect(mail.html).toBe("<p>Grüße</p>\n\n");
    expect(mail.attachments).toEqual([]);
  });

  it("has each fixed header once and each list header once", async () => {
    const { headers } = await PostalMime.parse(encodeMime(LETTER));
    expect(headers.map(({ originalKey }) => originalKey)).toEqual([
      ...["Date", "From", "To", "Reply-To", "Subject", "Message-ID"],
      ...["List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Owner", "MIME-Version", "Content-Type"],
    ]);
    const values = new Map(headers.map(({ key, value }) => [key, value]));
    expect(values.get("list-unsubscribe")).toBe("<https://news.example.com/u/aub4bbb5>");
    expect(values.get("list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
  });

  it("without a reply-to has no such header, and a notice says that a program wrote it", async () => {
    const { headers } = await PostalMime.parse(encodeMime({ ...LETTER, replyTo: null, headers: noticeHeaders() }));
    const names = headers.map(({ key }) => key);
    expect(names).not.toContain("reply-to");
    expect(names).toContain("auto-submitted");
    expect(names.filter((name) => name.startsWith("list-"))).toEqual([]);
  });

  it("offers the text first and the HTML last, both in quoted-printable UTF-8", () => {
    const types = Array.from(write().matchAll(/^Content-(?:Type|Transfer-Encoding): (.*)\r$/gm), ([, type]) => type);
    expect(types).toEqual([
      "multipart/alternative;",
      "text/plain; charset=utf-8",
      "quoted-printable",
      "text/html; charset=utf-8",
      "quoted-printable",
    ]);
  });

  it("is the same bytes every time, with a boundary that follows from its Message-ID alone", () => {
    expect(encodeMime(LETTER)).toEqual(encodeMime(structuredClone(LETTER)));
    const boundaryOf = (text: string) => /boundary="([^"]+)"/.exec(text)?.[1];
    expect(boundaryOf(write({ text: "other", html: "other" }))).toBe(boundaryOf(write()));
    expect(boundaryOf(write({ messageId: "other@example.com" }))).not.toBe(boundaryOf(write()));
  });

  it("cannot be torn apart by a body that holds its boundary", async () => {
    const boundary = /boundary="([^"]+)"/.exec(write())?.[1] ?? "";
    const hostile = `a\r\n--${boundary}\r\nContent-Type: text/html\r\n\r\n<b>evil</b>\r\n--${boundary}--\r\nb`;
    const mail = await PostalMime.parse(encodeMime({ ...LETTER, text: hostile, html: hostile }));
    expect(mail.text).toBe(`${hostile.replaceAll("\r\n", "\n")}\n`);
    expect(mail.html).toBe(`${hostile.replaceAll("\r\n", "\n")}\n`);
    expect(write({ text: hostile }).split(`\r\n--${boundary}`)).toHaveLength(4);
  });

  it("keeps an editor's own header, encoded where needed, and a link longer than a line in one piece", () => {
    const link = `<https://news.example.com/u/${"a".repeat(90)}>`;
    const text = write({
      headers: [
        ["X-Ressort", "Küche"],
        ["List-Unsubscribe", link],
      ],
    });
    expect(text).toContain("\r\nX-Ressort: =?UTF-8?Q?K=C3=BCche?=\r\n");
    expect(text).toContain(`\r\nList-Unsubscribe: ${link}\r\n`);
  });

  it("goes to the domain's A-label, with the local part as it was typed", () => {
    expect(write({ to: "Rosa.L@grüße.de" })).toContain("\r\nTo: Rosa.L@xn--gre-6ka8l.de\r\n");
  });
});

describe("a message is refused", () => {
  const injections = ["\r\nBcc: evil@example.com", "\n", "\r", "\0", "\u0085", "\u2028", "\u2029", "\u007f"];

  it.each(injections)("with %j in any header text", (bad) => {
    const broken: Partial<Message>[] = [
      { subject: `a${bad}` },
      { from: { name: `a${bad}`, address: "news@example.com" } },
      { from: { name: "a", address: `news@example.com${bad}` } },
      { replyTo: { name: `a${bad}`, address: "news@example.com" } },
      { messageId: `a${bad}@example.com` },
      { headers: [["X-Note", `a${bad}`]] },
      { headers: [["List-Id", `a${bad} <a.example.com>`]] },
      { headers: [[`X-Note${bad}`, "a"]] },
    ];
    for (const changes of broken) expect(() => write(changes), JSON.stringify(changes)).toThrow();
  });

  it.each([
    "rosa@example.org, evil@example.com",
    "rosa@example.org,evil@example.com",
    "rosa@example.org; evil@example.com",
    "Rosa <rosa@example.org>",
    "<rosa@example.org>",
    "Team: rosa@example.org;",
    '"rosa evil@example.com"@example.org',
    "rosa@example.org (evil@example.com)",
    "=?UTF-8?Q?rosa=2C_evil?=@example.org@x.de",
    "rosa@example.org\r\nBcc: evil@example.com",
    "rösa@example.org",
    "rosa",
    "",
  ])("to anything but one bare address: %j", (to) => {
    expect(() => write({ to })).toThrow("To: not one bare address");
  });

  const doubled: (readonly Header[])[] = [
    [["From", "x@example.com"]],
    [["bcc", "x@example.com"]],
    [["Cc", "x@example.com"]],
    [["Subject", "x"]],
    [["Sender", "x@example.com"]],
    [["reply-to", "x@example.com"]],
    [["Content-Type", "text/html"]],
    [["MIME-Version", "1.0"]],
    [["Message-Id", "<x@example.com>"]],
    [
      ["X-A", "1"],
      ["x-a", "2"],
    ],
    [
      ["List-Id", "<a.example.com>"],
      ["LIST-ID", "<b.example.com>"],
    ],
  ];
  it.each(doubled)("with a header that is there already: %j", (...headers) => {
    expect(() => write({ headers })).toThrow(/set by the message|given twice/);
  });

  it("with letters outside ASCII where an encoded-word cannot stand", () => {
    expect(() => write({ headers: [["List-Unsubscribe", "<https://a.example/ü>"]] })).toThrow("ASCII only");
  });

  it("with a sender whose name looks like an address", () => {
    expect(() => write({ from: { name: "news@x.com", address: "news@example.com" } })).toThrow("an @");
  });

  it.each(["", "a", "a@", "<a@example.com>", "a b@example.com", "a@example.com>", "ä@example.com", "a@b@c"])(
    "with the Message-ID %j",
    (messageId) => {
      expect(() => write({ messageId })).toThrow("Not a Message-ID");
    },
  );

  it("with a line that no relay need accept, or without a date", () => {
    expect(() => write({ headers: [["List-Archive", `<https://a.example/${"a".repeat(1000)}>`]] })).toThrow("octets");
    expect(() => write({ date: Number.NaN })).toThrow("No date");
  });
});
