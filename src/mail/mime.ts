import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { parseAddress } from "./address.ts";
import {
  encodeHeaderText,
  encodeListId,
  encodeMailbox,
  foldWords,
  formatDate,
  headerFault,
  headerNameFault,
  mailboxFault,
} from "./headers.ts";
import type { Header, Mailbox, Message } from "./message.ts";
import { quotedPrintable } from "./quoted.ts";

const LONGEST_LINE = 998;
const MESSAGE_ID = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,128}@[A-Za-z0-9.-]{1,253}$/;
/** Set from the message's own fields, so never through `headers` (FMT-01, FMT-02). */
const FIXED = /^(?:from|to|cc|bcc|sender|reply-to|subject|date|message-id|mime-version|content-.*|resent-.*)$/i;
/** Fields with a grammar of their own, where an encoded-word would be part of the value. */
const STRUCTURED =
  /^(?:list-.*|auto-submitted|x-auto-response-suppress|precedence|feedback-id|references|in-reply-to)$/i;

/**
 * The whole message by RFC 5322 and 2046: ASCII bytes, CRLF only, the text part before the HTML, no line that begins
 * with a dot. Same message, same bytes (FMT-10). Throws on anything that must not reach a header (FMT-15): callers
 * check long before.
 */
export function encodeMime(message: Message): Uint8Array {
  const boundary = boundaryOf(message.messageId);
  const head = [...fixedHeaders(message), ...extraHeaders(message.headers), ...mimeHeaders(boundary)].join("\r\n");
  checkLines(head);
  const parts = [partHead("plain") + quotedPrintable(message.text), partHead("html") + quotedPrintable(message.html)];
  const body = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("");
  return utf8ToBytes(`${head}\r\n\r\n${body}--${boundary}--\r\n`);
}

/** A boundary that follows from `seed`. RFC 2045 §6.7: "=" stands before hex or a line end, so "=_" is in no part. */
export function boundaryOf(seed: string): string {
  return `=_${bytesToHex(sha256(utf8ToBytes(seed))).slice(0, 32)}`;
}

/** The headers that say how the message is made up. */
export function mimeHeaders(boundary: string): string[] {
  return ["MIME-Version: 1.0", `Content-Type: multipart/alternative;\r\n boundary="${boundary}"`];
}

/** The headers of a part in quoted-printable, and the empty line behind them. */
export function partHead(subtype: "plain" | "html"): string {
  return `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`;
}

function fixedHeaders(message: Message): string[] {
  return [
    dateLine(message.date),
    mailboxLine("From", message.from),
    recipientLine(message.to),
    ...(message.replyTo === null ? [] : [mailboxLine("Reply-To", message.replyTo)]),
    textLine("Subject", message.subject),
    messageIdLine(message.messageId),
  ];
}

/** Throws outside the years 1900 to 9999. */
export function dateLine(ms: number): string {
  return `Date: ${formatDate(ms)}`;
}

/** Throws for what is no id, such as one in angle brackets. */
export function messageIdLine(id: string): string {
  if (!MESSAGE_ID.test(id)) throw new Error(`Not a Message-ID: ${JSON.stringify(id)}`);
  return `Message-ID: <${id}>`;
}

/** Throws for a mailbox that cannot be a sender (FMT-06). */
export function mailboxLine(name: string, mailbox: Mailbox): string {
  const fault = mailboxFault(mailbox);
  if (fault !== null) throw new Error(`${name}: ${fault}`);
  return `${name}: ${encodeMailbox(mailbox, name)}`;
}

/** One bare address, parsed again here: a comma in a string would make two (FMT-02, FMT-15). */
export function recipientLine(to: string): string {
  const parsed = parseAddress(to, { allowReserved: true });
  if (!parsed.ok) throw new Error(`To: not one bare address (${parsed.fault})`);
  return `To: ${encodeMailbox({ name: "", address: parsed.email }, "To")}`;
}

function extraHeaders(headers: readonly Header[]): string[] {
  checkNames(headers.map(([name]) => name));
  return headers.map(([name, value]) => textLine(name, value));
}

/** Throws for names that a message may not have beside its fixed ones, or not twice (FMT-01). */
export function checkNames(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    const fault = headerNameFault(name);
    if (fault !== null) throw new Error(`Header ${JSON.stringify(name)}: ${fault}`);
    if (FIXED.test(name)) throw new Error(`Header ${name} is set by the message itself`);
    const key = name.toLowerCase();
    if (seen.has(key)) throw new Error(`Header ${name} is given twice`);
    seen.add(key);
  }
}

/** A header with its value encoded and folded. Throws for characters that must not reach a header (FMT-15). */
export function textLine(name: string, value: string): string {
  const fault = headerFault(value);
  if (fault !== null) throw new Error(`Header ${name} holds ${fault}`);
  const encoded = encodeValue(name, value);
  return encoded === "" || encoded.startsWith("\r\n") ? `${name}:${encoded}` : `${name}: ${encoded}`;
}

function encodeValue(name: string, value: string): string {
  if (/^list-id$/i.test(name)) return encodeListId(name, value);
  if (!STRUCTURED.test(name)) return encodeHeaderText(name, value);
  if (!/^[ -~]*$/.test(value)) throw new Error(`Header ${name} takes ASCII only`);
  return foldWords(value, name.length + 2) ?? value;
}

/** RFC 5322 §2.1.1: a line that cannot be folded may not pass 998 octets, so that it throws. */
export function checkLines(head: string): void {
  for (const line of head.split("\r\n")) {
    if (line.length > LONGEST_LINE) throw new Error(`A header line of ${line.length} octets: ${line.slice(0, 40)}…`);
  }
}
