import type { CompiledMail, Field, Mailbox, Message, Recipient } from "../../mail/message.ts";
import { fill } from "../../mail/segments.ts";
import type { Parcel } from "../contract.ts";

/** The body of one POST /emails/batch, in pieces that readers share. */
export type Body = Pick<Parcel, "chunks" | "size">;

/** Bytes that are the same for every reader, or the number of a slot. */
type Part = Uint8Array | number;
type Texts = readonly (string | Field)[];

/** One mail as JSON, cut at the places that differ; slot 0 is the recipient's address. */
interface Frame {
  readonly parts: readonly Part[];
  readonly slots: readonly (readonly [Field])[];
}

const encoder = new TextEncoder();
const opening = encoder.encode("[");
const comma = encoder.encode(",");
const closing = encoder.encode("]");

/** Escapes and encodes an issue once; each batch then costs only its readers' own values (DESIGN decision 6). */
export function frameIssue(mail: CompiledMail): (recipients: readonly Recipient[]) => Body {
  const frame = frameMail(mail);
  return (recipients) => {
    const values = encodeValues(frame, recipients);
    const chunks: Uint8Array[] = [];
    for (let reader = 0; reader < recipients.length; reader += 1) {
      chunks.push(reader === 0 ? opening : comma);
      addMail(chunks, frame, values, reader * (frame.slots.length + 1));
    }
    return finish(chunks);
  };
}

/** The same for mails that share nothing. */
export function frameMessages(messages: readonly Message[]): Body {
  const chunks: Uint8Array[] = [];
  for (const message of messages) {
    chunks.push(chunks.length === 0 ? opening : comma);
    addMail(chunks, frameMail(asCompiled(message)), [encoder.encode(escapeJson(message.to))], 0);
  }
  return finish(chunks);
}

/** A mailbox as Resend reads it: the name quoted where RFC 5322 §3.4 needs it (FMT-06), never encoded. */
export function formatMailbox({ name, address }: Mailbox): string {
  if (name === "") {
    return address;
  }
  const special = /[()<>[\]:;@\\,."]|^\s|\s$/.test(name);
  return `${special ? `"${name.replace(/["\\]/g, "\\$&")}"` : name} <${address}>`;
}

function asCompiled(message: Message): CompiledMail {
  return {
    from: message.from,
    replyTo: message.replyTo,
    subject: [message.subject],
    html: [message.html],
    text: [message.text],
    headers: message.headers.map(([name, value]) => [name, [value]] as const),
    tags: message.tags.map(([name, value]) => [name, [value]] as const),
  };
}

// Members in the order in which the resend package writes them, so that both ways put the same bytes on the wire.
// Message-ID and Date are Resend's own (FMT-07).
function frameMail(mail: CompiledMail): Frame {
  const writer = createWriter();
  writer.raw(`{"from":${JSON.stringify(formatMailbox(mail.from))}`);
  if (mail.headers.length > 0) {
    writer.raw(',"headers":{');
    for (const [index, [name, value]] of mail.headers.entries()) {
      writer.raw(`${index === 0 ? "" : ","}${JSON.stringify(name)}:`);
      writer.text(value);
    }
    writer.raw("}");
  }
  writer.raw(',"html":');
  writer.text(mail.html);
  if (mail.replyTo !== null) {
    writer.raw(`,"reply_to":${JSON.stringify(formatMailbox(mail.replyTo))}`);
  }
  writer.raw(',"subject":');
  writer.text(mail.subject);
  if (mail.tags.length > 0) {
    writer.raw(',"tags":[');
    for (const [index, [name, value]] of mail.tags.entries()) {
      writer.raw(`${index === 0 ? "" : ","}{"name":${JSON.stringify(name)},"value":`);
      writer.text(value);
      writer.raw("}");
    }
    writer.raw("]");
  }
  writer.raw(',"text":');
  writer.text(mail.text);
  writer.raw(',"to":["');
  writer.slot(0);
  writer.raw('"]}');
  return writer.end();
}

function createWriter() {
  const parts: Part[] = [];
  const slots: (readonly [Field])[] = [];
  const known = new Map<string, number>();
  let pending = "";
  function flush(): void {
    if (pending !== "") {
      parts.push(encoder.encode(pending));
      pending = "";
    }
  }
  function slot(number: number): void {
    flush();
    parts.push(number);
  }
  function text(texts: Texts): void {
    pending += '"';
    for (const piece of texts) {
      if (typeof piece === "string") {
        pending += escapeJson(piece);
        continue;
      }
      const name = JSON.stringify([piece.field, piece.as, piece.fallback]);
      const number = known.get(name) ?? slots.push([piece]);
      known.set(name, number);
      slot(number);
    }
    pending += '"';
  }
  return {
    raw: (json: string): void => {
      pending += json;
    },
    slot,
    text,
    end: (): Frame => {
      flush();
      return { parts, slots };
    },
  };
}

// All values of a batch are encoded in one call and then cut: one call per value would cost five times as much.
function encodeValues(frame: Frame, recipients: readonly Recipient[]): Uint8Array[] {
  const texts: string[] = [];
  for (const { address, values } of recipients) {
    texts.push(escapeJson(address));
    for (const slot of frame.slots) {
      texts.push(escapeJson(fill(slot, values)));
    }
  }
  const whole = texts.join("");
  const bytes = encoder.encode(whole);
  const ascii = bytes.length === whole.length;
  let at = 0;
  return texts.map((text) => {
    const start = at;
    at += ascii ? text.length : utf8Length(text);
    return bytes.subarray(start, at);
  });
}

function addMail(chunks: Uint8Array[], frame: Frame, values: readonly Uint8Array[], first: number): void {
  for (const part of frame.parts) {
    const chunk = typeof part === "number" ? values[first + part] : part;
    if (chunk !== undefined && chunk.length > 0) {
      chunks.push(chunk);
    }
  }
}

function finish(chunks: Uint8Array[]): Body {
  if (chunks.length === 0) {
    chunks.push(opening);
  }
  chunks.push(closing);
  let size = 0;
  for (const chunk of chunks) {
    size += chunk.length;
  }
  return { chunks, size };
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

// JSON.stringify leaves no lone surrogate, so each half of a pair counts for two of its four bytes.
function utf8Length(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    length += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return length;
}
