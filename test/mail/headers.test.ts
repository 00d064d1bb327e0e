import { describe, expect, it } from "vitest";
import {
  formatDate,
  headerFault,
  headerNameFault,
  isReservedHeader,
  issueHeaders,
  mailboxFault,
  noticeHeaders,
} from "../../src/mail/headers.ts";

const LIST = {
  listName: "Morgenpost",
  listId: "morgenpost.news.example.com",
  leaveUrl: "https://news.example.com/u/aub4bbb5",
};

describe("text bound for a header", () => {
  it.each([
    ["a\rb", "a carriage return"],
    ["a\nb", "a line feed"],
    ["a\0b", "a NUL"],
    ["a\tb", "a control character (U+0009)"],
    ["a\u001bb", "a control character (U+001B)"],
    ["a\u007fb", "a delete character (U+007F)"],
    ["a\u0085b", "a next-line character (U+0085)"],
    ["a\u2028b", "a line separator (U+2028)"],
    ["a\u2029b", "a paragraph separator (U+2029)"],
    ["a\ud83db", "half a character (U+D83D)"],
    ["\udc69", "half a character (U+DC69)"],
  ])("is refused by the name of what is wrong: %j", (text, name) => {
    expect(headerFault(text)).toBe(name);
  });

  it("is refused for every C0 character, and for the first fault of several", () => {
    for (let code = 0; code < 0x20; code++) expect(headerFault(`a${String.fromCharCode(code)}`)).not.toBeNull();
    expect(headerFault("\n\r")).toBe("a line feed");
  });

  it("may hold everything else", () => {
    for (const text of ["", "Grüße 👩‍👩‍👧‍👦", "שלום", "a\u200fb", "a\u0080b", "a\u00a0b", '"<>,;:@\\']) {
      expect(headerFault(text)).toBeNull();
    }
  });
});

describe("a header name", () => {
  it("is of printable ASCII without a colon", () => {
    for (const name of ["X-Campaign", "x", "X_1!#$%&'*+.^`|~", "X".repeat(64)])
      expect(headerNameFault(name)).toBeNull();
    for (const name of ["", "X Foo", "X-Foo:", "X-Foo\r\nBcc", "X-Fôo", "X\0", "X\u007f", " X", "X".repeat(65)]) {
      expect(headerNameFault(name), JSON.stringify(name)).not.toBeNull();
    }
  });

  it.each([
    ...["From", "to", "CC", "bcc", "Sender", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version"],
    ...["List-Unsubscribe", "LIST-anything", "Auto-Submitted", "DKIM-Signature", "Content-Type", "content-foo"],
    ...["Resent-To", "ARC-Seal", "Return-Path", "Received", "Feedback-ID", "X-Auto-Response-Suppress", " To "],
  ])("is not for editors to set: %s", (name) => {
    expect(isReservedHeader(name)).toBe(true);
  });

  it.each(["X-Campaign", "X-From", "Listing", "Topic", "Keywords", "Comments", "Reference-To"])(
    "is free for editors: %s",
    (name) => {
      expect(isReservedHeader(name)).toBe(false);
    },
  );
});

describe("a sender", () => {
  it.each(["", "Morgenpost", "Acme, Inc.", 'a"b\\c', "Grüße", "news at x.com", "O'Brien & Söhne <GmbH>"])(
    "may be called %j",
    (name) => {
      expect(mailboxFault({ name, address: "news@example.com" })).toBeNull();
    },
  );

  it.each([
    ["news@x.com", "an @"],
    ["news＠x.com", "an @"],
    ["Bank\r\nBcc: x", "a carriage return"],
    ["Bank\0", "a NUL"],
  ])("may not be called %j", (name, fault) => {
    expect(mailboxFault({ name, address: "news@example.com" })).toContain(fault);
  });

  it.each([
    ["", "empty"],
    ["news", "no-at"],
    ["news@x.com, evil@y.com", "many-ats"],
    ["<news@x.com>", "bad-local"],
    [" news@x.com", "written as news@x.com"],
    ["news@x.com.", "written as news@x.com"],
    ["news@grüße.de", "written as news@xn--gre-6ka8l.de"],
  ])("may not write from %j", (address, fault) => {
    expect(mailboxFault({ name: "", address })).toContain(fault);
  });

  it("may write from an address with capitals", () => {
    expect(mailboxFault({ name: "", address: "News@Example.com" })).toBeNull();
  });
});

describe("the headers of an issue", () => {
  it("offer one-click unsubscribing exactly as RFC 8058 spells it", () => {
    expect(issueHeaders(LIST)).toEqual([
      ["List-Id", "Morgenpost <morgenpost.news.example.com>"],
      ["List-Unsubscribe", "<https://news.example.com/u/aub4bbb5>"],
      ["List-Unsubscribe-Post", "List-Unsubscribe=One-Click"],
    ]);
  });

  it("name archive and owner when there are any, the owner as a mailto URL", () => {
    const headers = new Map(
      issueHeaders({ ...LIST, archiveUrl: "https://news.example.com/n/m", ownerAddress: "a%b&c@example.com" }),
    );
    expect(headers.get("List-Archive")).toBe("<https://news.example.com/n/m>");
    expect(headers.get("List-Owner")).toBe("<mailto:a%25b%26c@example.com>");
  });

  it("quote the newsletter's name only where its ASCII needs it", () => {
    const idOf = (listName: string) => issueHeaders({ ...LIST, listName })[0]?.[1];
    expect(idOf("Acme, Inc.")).toBe('"Acme, Inc." <morgenpost.news.example.com>');
    expect(idOf('a"b\\c')).toBe('"a\\"b\\\\c" <morgenpost.news.example.com>');
    expect(idOf("Grüße, Welt")).toBe("Grüße, Welt <morgenpost.news.example.com>");
    expect(idOf("")).toBe("<morgenpost.news.example.com>");
  });

  it("take a marker in place of the link, to be filled per reader", () => {
    expect(issueHeaders({ ...LIST, leaveUrl: "{{leaveUrl}}" })[1]).toEqual(["List-Unsubscribe", "<{{leaveUrl}}>"]);
  });

  it.each([
    { leaveUrl: "" },
    { leaveUrl: "https://a.example/u/x>, <https://evil.example" },
    { leaveUrl: "https://a.example/u/x,mailto:b" },
    { leaveUrl: "https://a.example/u/x#y" },
    { leaveUrl: "https://a.example/u x" },
    { leaveUrl: "https://a.example/u\r\nBcc:x" },
    { leaveUrl: "https://a.example/ü" },
    { archiveUrl: "https://a.example/<" },
    { listId: "" },
    { listId: "a b.example.com" },
    { listId: "a..example.com" },
    { listId: "grüße.example.com" },
    { listId: `${"a".repeat(252)}.com` },
    { listName: "a\r\nBcc: x" },
  ])("are refused when they would break: %j", (wrong) => {
    expect(() => issueHeaders({ ...LIST, ...wrong })).toThrow();
  });
});

describe("the headers of a notice", () => {
  it("keep autoresponders quiet and name no list", () => {
    expect(noticeHeaders()).toEqual([
      ["Auto-Submitted", "auto-generated"],
      ["X-Auto-Response-Suppress", "All"],
    ]);
  });
});

describe("a date", () => {
  it("is written in UTC with a numeric zone", () => {
    expect(formatDate(Date.UTC(2026, 10, 22, 10, 51, 56, 999))).toBe("Sun, 22 Nov 2026 10:51:56 +0000");
    expect(formatDate(Date.UTC(2027, 0, 1))).toBe("Fri, 01 Jan 2027 00:00:00 +0000");
  });

  it("is refused when it is none", () => {
    for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15, -8.64e15]) {
      expect(() => formatDate(ms)).toThrow("No date");
    }
  });
});
