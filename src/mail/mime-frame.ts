import type { CompiledMail, Field, Header, Recipient, Segments } from "./message.ts";
import {
  boundaryOf,
  checkLines,
  checkNames,
  dateLine,
  mailboxLine,
  messageIdLine,
  mimeHeaders,
  partHead,
  recipientLine,
  textLine,
} from "./mime.ts";
import { quotedPiece, quotedPrintable, softBreak } from "./quoted.ts";
import { fill } from "./segments.ts";
import { createSplice, type Piece } from "./splice.ts";

/** A whole message as RFC 5322 bytes: ASCII, CRLF only, no line that begins with a dot. */
export interface MimeParts {
  /** Shared between readers as far as they can be: not to be written to. */
  readonly chunks: readonly Uint8Array[];
  /** Bytes of all chunks. */
  readonly size: number;
}

/** What differs between readers, as it stands in the message. */
type Own = (recipient: Recipient) => string;

interface Layout {
  readonly pieces: Piece[];
  readonly owns: Own[];
}

/**
 * Encodes an issue once; each reader then costs what differs. A message decodes to what `encodeMime` makes of the filled mail,
 * with the issue's own boundary. Pure, the same bytes on every try (FMT-10); throws where `encodeMime` throws (FMT-15).
 */
export function frameMime(mail: CompiledMail): (recipient: Recipient, extra?: readonly Header[]) => MimeParts {
  const { names, owns, splice } = layMessage(mail);
  return (recipient, extra = []) => {
    if (extra.length > 0) checkNames([...names, ...extra.map(([name]) => name)]);
    const first = extra.map(([name, value]) => headLine(textLine(name, value))).join("");
    const { chunks, size } = splice([[first, ...owns.map((own) => own(recipient))]]);
    return { chunks, size };
  };
}

/** The same for many readers at once, which costs less than one by one. */
export function frameMimes(mail: CompiledMail): (recipients: readonly Recipient[]) => MimeParts[] {
  const { owns, splice } = layMessage(mail);
  return (recipients) => {
    const { chunks, ends } = splice(recipients.map((recipient) => ["", ...owns.map((own) => own(recipient))]));
    return ends.map(([end, bytes], place) => {
      const [begin, before] = ends[place - 1] ?? [0, 0];
      return { chunks: chunks.slice(begin, end), size: bytes - before };
    });
  };
}

function layMessage(mail: CompiledMail) {
  const names = mail.headers.map(([name]) => name);
  checkNames(names);
  const boundary = boundaryOf(JSON.stringify(mail));
  const layout: Layout = { pieces: [], owns: [] };
  layHead(layout, mail);
  // The extra headers are the row's first text; the other ones follow by number.
  layout.pieces.push(0, `${mimeHeaders(boundary).join("\r\n")}\r\n\r\n--${boundary}\r\n${partHead("plain")}`);
  layPart(layout, mail.text);
  layout.pieces.push(`\r\n--${boundary}\r\n${partHead("html")}`);
  layPart(layout, mail.html);
  layout.pieces.push(`\r\n--${boundary}--\r\n`);
  return { names, owns: layout.owns, splice: createSplice(layout.pieces) };
}

function layHead(layout: Layout, mail: CompiledMail): void {
  add(layout, ({ date }) => headLine(dateLine(date)));
  layout.pieces.push(headLine(mailboxLine("From", mail.from)));
  add(layout, ({ address }) => headLine(recipientLine(address)));
  if (mail.replyTo !== null) layout.pieces.push(headLine(mailboxLine("Reply-To", mail.replyTo)));
  layText(layout, "Subject", mail.subject);
  add(layout, ({ messageId }) => headLine(messageIdLine(messageId)));
  for (const [name, value] of mail.headers) layText(layout, name, value);
}

function layText(layout: Layout, name: string, value: Segments): void {
  if (value.every((segment) => typeof segment === "string"))
    layout.pieces.push(headLine(textLine(name, value.join(""))));
  else add(layout, ({ values }) => headLine(textLine(name, fill(value, values))));
}

function headLine(line: string): string {
  checkLines(line);
  return `${line}\r\n`;
}

function add(layout: Layout, own: Own): void {
  layout.pieces.push(layout.owns.push(own));
}

/** Fields that stand side by side, and the halves of line ends beside them that one of their values may complete. */
interface Group {
  before: string;
  readonly fields: Field[];
  after: string;
}

/**
 * Each literal and each group of fields gets lines of its own, held together by soft breaks (RFC 2045 §6.7): so a literal's
 * lines are the same whatever a reader's values are.
 */
function layPart(layout: Layout, segments: Segments): void {
  const cut = cutSegments(segments);
  let isFresh = true;
  for (const [at, piece] of cut.entries()) {
    const isLast = at === cut.length - 1;
    if (typeof piece === "string") {
      layout.pieces.push(isLast ? quotedPrintable(piece) : quotedPiece(piece));
      isFresh = /[\r\n]$/.test(piece);
      continue;
    }
    const place = { isFresh, isLast };
    add(layout, ({ values }) => spell(`${piece.before}${fill(piece.fields, values)}${piece.after}`, place));
    isFresh = true;
  }
}

/** A group's text on lines of its own; whatever follows finds the start of a line. */
function spell(text: string, { isFresh, isLast }: { isFresh: boolean; isLast: boolean }): string {
  if (text === "") return isFresh || isLast ? "" : softBreak;
  const opening = isFresh || /^[\r\n]/.test(text) ? "" : softBreak;
  if (isLast) return opening + quotedPrintable(text);
  return opening + quotedPiece(text) + (/[\r\n]$/.test(text) ? "" : softBreak);
}

/** A line end may stand half in a literal, half in a value: the literal's half goes to the fields beside it. */
function cutSegments(segments: Segments): (string | Group)[] {
  const cut: (string | Group)[] = [];
  for (const segment of segments) {
    const last = cut.at(-1);
    if (typeof segment !== "string") {
      if (typeof last === "object") last.fields.push(segment);
      else cut.push({ before: "", fields: [segment], after: "" });
    } else if (typeof last === "string") cut[cut.length - 1] = last + segment;
    else if (segment !== "") cut.push(segment);
  }
  for (const [at, group] of cut.entries()) {
    if (typeof group === "string") continue;
    const previous = cut[at - 1];
    const next = cut[at + 1];
    if (typeof previous === "string" && previous.endsWith("\r")) {
      cut[at - 1] = previous.slice(0, -1);
      group.before = "\r";
    }
    if (typeof next === "string" && next.startsWith("\n")) {
      cut[at + 1] = next.slice(1);
      group.after = "\n";
    }
  }
  return cut.filter((piece) => piece !== "");
}
