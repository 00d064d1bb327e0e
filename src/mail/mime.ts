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
 * The whole message by RFC 5322 and 2046: ASCII bytes, CRLF only, the text part before the HTML. Same message, same
 * bytes (FMT-10). Throws on anything that must not reach a header (FMT-15): callers check long before.
 */
export function encodeMime(message: Message): Uint8Array {
  // RFC 2045 §6.7: in quoted-printable "=" is followed by hex or a line end, so "=_" never occurs in a part.
  const boundary = `=_${bytesToHex(sha256(utf8ToBytes(message.messageId))).slice(0, 32)}`;
  const head = [
    ...fixedHeaders(message),
    ...extraHeaders(message.headers),
    "MIME-Version: 1.0",
    `Content-Type: multipart/alternative;\r\n boundary="${boundary}"`,
  ].join("\r\n");
  checkLines(head);
  const parts = [encodePart("plain", message.text), encodePart("html", message.html)];
  const body = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("");
  return utf8ToBytes(`${head}\r\n\r\n${body}--${boundary}--\r\n`);
}

function fixedHeaders(message: Message): string[] {
  if (!MESSAGE_ID.test(message.messageId)) throw new Error(`Not a Message-ID: ${JSON.stringify(message.messageId)}`);
  return [
    `Date: ${formatDate(message.date)}`,
    mailboxLine("From", message.from),
    recipientLine(message.to),
    ...(message.replyTo === null ? [] : [mailboxLine("Reply-To", message.replyTo)]),
    textLine("Subject", message.subject),
    `Message-ID: <${message.messageId}>`,
  ];
}

function mailboxLine(name: string, mailbox: Mailbox): string {
  const fault = mailboxFault(mailbox);
  if (fault !== null) throw new Error(`${name}: ${fault}`);
  return `${name}: ${encodeMailbox(mailbox, name)}`;
}

/** One bare address, parsed again here: a comma in a string would make two (FMT-02, FMT-15). */
function recipientLine(to: string): string {
  const parsed = parseAddress(to, { allowReserved: true });
  if (!parsed.ok) throw new Error(`To: not one bare address (${parsed.fault})`);
  return `To: ${encodeMailbox({ name: "", address: parsed.email }, "To")}`;
}

function extraHeaders(headers: readonly Header[]): string[] {
  const seen = new Set<string>();
  return headers.map(([name, value]) => {
    const fault = headerNameFault(name);
    if (fault !== null) throw new Error(`Header ${JSON.stringify(name)}: ${fault}`);
    if (FIXED.test(name)) throw new Error(`Header ${name} is set by the message itself`);
    const key = name.toLowerCase();
    if (seen.has(key)) throw new Error(`Header ${name} is given twice`);
    seen.add(key);
    return textLine(name, value);
  });
}

function textLine(name: string, value: string): string {
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

function encodePart(subtype: "plain" | "html", text: string): string {
  return [
    `Content-Type: text/${subtype}; charset=utf-8`,
    "Content-Transfer-Encoding: quoted-printable",
    "",
    quotedPrintable(text),
  ].join("\r\n");
}

/** RFC 5322 §2.1.1: a line that cannot be folded may not pass 998 octets. */
function checkLines(head: string): void {
  for (const line of head.split("\r\n")) {
    if (line.length > LONGEST_LINE) throw new Error(`A header line of ${line.length} octets: ${line.slice(0, 40)}…`);
  }
}
