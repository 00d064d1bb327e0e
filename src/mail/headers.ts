import { lowerAscii, parseAddress } from "./address.ts";
import { encodedWords } from "./encoded-word.ts";
import type { Header, Mailbox } from "./message.ts";

const LONGEST_LINE = 76;
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const DOT_ATOM = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`);
const PHRASE = new RegExp(`^${ATOM}(?: ${ATOM})*$`);

/** Most octets of a List-Id (RFC 2919 §3). */
export const longestListId = 255;

/** Fields that are ours or a relay's to set; with the prefixes below, what an editor may not (FMT-16). */
const RESERVED = new Set([
  ...["from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "mime-version"],
  ...["auto-submitted", "x-auto-response-suppress", "precedence", "feedback-id"],
  ...["dkim-signature", "domainkey-signature", "authentication-results", "return-path", "received", "received-spf"],
  ...["disposition-notification-to", "return-receipt-to", "errors-to", "delivered-to"],
]);
const RESERVED_PREFIXES = ["list-", "content-", "resent-", "arc-"];

/** Names the first character that must not reach a header (FMT-15), or null when there is none. */
export function headerFault(text: string): string | null {
  for (const char of text) {
    const name = forbiddenName(char.codePointAt(0) ?? 0);
    if (name !== null) return name;
  }
  return null;
}

/** The same for a text of several lines: line breaks and tabs may be in it. */
export function textFault(text: string): string | null {
  return headerFault(text.replace(/\r?\n|\t/g, " "));
}

/** Says why this is no header name (RFC 5322 §3.6.8), or null when it is one. */
export function headerNameFault(name: string): string | null {
  if (name === "") return "an empty header name";
  if (name.length > 64) return "a header name longer than 64 characters";
  if (name.startsWith(".")) return "a header name that begins with a dot";
  return /^[!-9;-~]+$/.test(name) ? null : "a header name with a blank, a colon or a character outside ASCII";
}

/** Whether editors must not set this header, in any case of letters (FMT-16). */
export function isReservedHeader(name: string): boolean {
  const key = lowerAscii(name.trim());
  return RESERVED.has(key) || RESERVED_PREFIXES.some((prefix) => key.startsWith(prefix));
}

/** Says why a sender cannot be used: a name with @ (FMT-06), a forbidden character, or no bare ASCII address; or null. */
export function mailboxFault(mailbox: Mailbox): string | null {
  const fault = headerFault(mailbox.name);
  if (fault !== null) return `the name holds ${fault}`;
  if (mailbox.name.normalize("NFKC").includes("@")) return "the name holds an @, which looks like another address";
  const parsed = parseAddress(mailbox.address, { allowReserved: true });
  if (!parsed.ok) return `the address is not usable (${parsed.fault})`;
  if (parsed.emailKey !== lowerAscii(mailbox.address)) return `the address must be written as ${parsed.email}`;
  return null;
}

/**
 * The value of an unstructured header, folded at 76 columns counting `name` and a colon before it. Plain ASCII stays as
 * it is; what a reader's program could take for something else becomes encoded-words (FMT-04).
 */
export function encodeHeaderText(name: string, text: string): string {
  if (text === "") return "";
  const column = name.length + 2;
  const literal = isLiteral(text) ? foldWords(text, column) : null;
  return literal ?? encodedWords(text, column);
}

/** The value of an address header: `"Acme, Inc." <news@example.com>`, folded, or the bare address without a name. */
export function encodeMailbox(mailbox: Mailbox, name: string): string {
  const address = quoteLocal(mailbox.address);
  if (mailbox.name === "") return address;
  return joinFolded(encodePhrase(mailbox.name, name.length + 2), `<${address}>`, name.length + 2);
}

/** The value of a List-Id given decoded, as `issueHeaders` makes it: a phrase, then the id (RFC 2919). */
export function encodeListId(name: string, value: string): string {
  const open = value.lastIndexOf("<");
  const phrase = unquote(value.slice(0, Math.max(open, 0)).trim());
  const id = value.slice(Math.max(open, 0));
  if (phrase === "") return id;
  return joinFolded(encodePhrase(phrase, name.length + 2), id, name.length + 2);
}

/** RFC 5322 §3.3 in UTC, from milliseconds: `Sun, 22 Nov 2026 10:51:56 +0000`. Throws outside the years 1900 to 9999. */
export function formatDate(ms: number): string {
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  if (!(year >= 1900 && year <= 9999)) throw new Error(`No date for a mail: ${ms}`);
  return date.toUTCString().replace("GMT", "+0000");
}

/**
 * List headers of an issue, decoded (FMT-11, FMT-12, RFC 8058). `leaveUrl` may be a marker that is filled per reader.
 * Throws on what would break the header; settings are checked long before.
 */
export function issueHeaders(input: {
  listName: string;
  listId: string;
  leaveUrl: string;
  archiveUrl?: string;
  ownerAddress?: string;
}): Header[] {
  const nameFault = headerFault(input.listName);
  if (nameFault !== null) throw new Error(`The newsletter's name holds ${nameFault}`);
  if (!DOT_ATOM.test(input.listId) || input.listId.length > longestListId) {
    throw new Error(`Not a List-Id: ${input.listId}`);
  }
  const headers: Header[] = [
    ["List-Id", `${quoteName(input.listName.trim())} <${input.listId}>`.trim()],
    ["List-Unsubscribe", bracket(input.leaveUrl)],
    ["List-Unsubscribe-Post", "List-Unsubscribe=One-Click"],
  ];
  if (input.archiveUrl !== undefined) headers.push(["List-Archive", bracket(input.archiveUrl)]);
  if (input.ownerAddress !== undefined) headers.push(["List-Owner", bracket(mailto(input.ownerAddress))]);
  return headers;
}

/** Headers of every mail that a program wrote by itself, so that no autoresponder answers (FMT-14, RFC 3834). */
export function noticeHeaders(): Header[] {
  return [
    ["Auto-Submitted", "auto-generated"],
    ["X-Auto-Response-Suppress", "All"],
  ];
}

/** Words joined by single spaces, folded before the word that would pass 76 columns; null when one is too long. */
export function foldWords(text: string, column: number): string | null {
  let out = "";
  let at = column;
  for (const word of text.split(" ")) {
    if (out === "" && at + word.length <= LONGEST_LINE) {
      out = word;
      at += word.length;
    } else if (out !== "" && at + 1 + word.length <= LONGEST_LINE) {
      out += ` ${word}`;
      at += 1 + word.length;
    } else if (out !== "" && 1 + word.length <= LONGEST_LINE) {
      out += `\r\n ${word}`;
      at = 1 + word.length;
    } else return null;
  }
  return out;
}

function forbiddenName(code: number): string | null {
  if (code === 0x0d) return "a carriage return";
  if (code === 0x0a) return "a line feed";
  if (code === 0) return "a NUL";
  if (code < 0x20) return `a control character (U+${hex(code)})`;
  if (code === 0x7f) return "a delete character (U+007F)";
  if (code === 0x85) return "a next-line character (U+0085)";
  if (code === 0x2028) return "a line separator (U+2028)";
  if (code === 0x2029) return "a paragraph separator (U+2029)";
  return code >= 0xd800 && code <= 0xdfff ? `half a character (U+${hex(code)})` : null;
}

function hex(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, "0");
}

/** Blanks at the ends or in a row do not survive every relay, and `=?` would be decoded. */
function isLiteral(text: string): boolean {
  return /^[!-~]+(?: [!-~]+)*$/.test(text) && !text.includes("=?");
}

/** An RFC 5322 phrase: atoms, else a quoted-string on one line, else encoded-words. */
function encodePhrase(text: string, column: number): string {
  const asAtoms = PHRASE.test(text) && !text.includes("=?") ? foldWords(text, column) : null;
  if (asAtoms !== null) return asAtoms;
  const quoted = quote(text);
  const fits = column + quoted.length <= LONGEST_LINE;
  return fits && /^[ -~]+$/.test(text) && !text.includes("=?") ? quoted : encodedWords(text, column);
}

/** In a decoded value quotes are for ASCII alone: within them no encoded-word may stand (RFC 2047 §5). */
function quoteName(name: string): string {
  return PHRASE.test(name) || !/^[ -~]+$/.test(name) ? name : quote(name);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function unquote(text: string): string {
  const isQuoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  return isQuoted ? text.slice(1, -1).replace(/\\(.)/g, "$1") : text;
}

/** WHATWG allows dots that RFC 5322 wants quoted: `a..b@example.com` goes as `"a..b"@example.com`. */
function quoteLocal(address: string): string {
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at);
  return DOT_ATOM.test(local) ? address : `${quote(local)}${address.slice(at)}`;
}

function joinFolded(head: string, tail: string, column: number): string {
  const fold = head.lastIndexOf("\r\n");
  const used = fold === -1 ? column + head.length : head.length - fold - 2;
  return used + 1 + tail.length <= LONGEST_LINE ? `${head} ${tail}` : `${head}\r\n ${tail}`;
}

/** RFC 2369 §2: one URI between angle brackets; a comma would start a second one, a fragment is never sent. */
function bracket(url: string): string {
  if (!/^[!-~]+$/.test(url) || /[<>,#"\\]/.test(url)) throw new Error(`Not fit for a list header: ${url}`);
  return `<${url}>`;
}

function mailto(address: string): string {
  const at = address.lastIndexOf("@");
  return `mailto:${encodeURIComponent(address.slice(0, at))}${address.slice(at)}`;
}
