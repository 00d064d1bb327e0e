import { expect, test } from "vitest";
import { encodeMime } from "../../src/mail/mime.ts";
import { decodeWords, readHead } from "../../src/provider/head.ts";
import { notice } from "./samples.ts";

test("reads back the subjects that our own mails carry", () => {
  for (const subject of [
    "plain",
    "Grüße",
    "早安 ".repeat(40).trim(),
    "👩‍👩‍👧".repeat(60),
    "a =?b?= c",
    "ends with ü ",
  ]) {
    expect(readHead(encodeMime(notice("a@post.tld", { subject }))).subject).toBe(subject);
  }
});

test("joins encoded words, and only those, without their blanks", () => {
  expect(decodeWords("=?UTF-8?Q?a?= =?utf-8?b?Yg==?=")).toBe("ab");
  expect(decodeWords("=?UTF-8?Q?a?= b =?UTF-8?Q?c_d?=")).toBe("a b c d");
  expect(decodeWords("=?iso-8859-1?q?Gr=FC=dfe?=")).toBe("Grüße");
});

test("shows a word that cannot be decoded as it stands", () => {
  for (const raw of ["=?x-unknown?Q?a?=", "=?UTF-8?B?%%%?=", "=?UTF-8?X?a?=", "=?UTF-8?Q?a"]) {
    expect(decodeWords(raw)).toBe(raw);
  }
});

test("reads folded headers in any case, and nothing from the body", () => {
  const bytes = new TextEncoder().encode("SUBJECT: a\r\n b\r\nfrom: x@y.tld\r\n\r\nTo: body@y.tld\r\n");
  expect(readHead(bytes)).toEqual({ from: "x@y.tld", to: "", subject: "a b" });
  expect(readHead(new Uint8Array())).toEqual({ from: "", to: "", subject: "" });
});
