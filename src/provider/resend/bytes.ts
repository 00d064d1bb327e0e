import type { CompiledMail, Field, FieldName, Mailbox, Message, Recipient } from "../../mail/message.ts";
import { fill } from "../../mail/segments.ts";
import { createSplice, type Piece } from "../../mail/splice.ts";
import type { Parcel } from "../contract.ts";
import { digestOf } from "../digest.ts";
import { hashFrame, hashParcel } from "./hash.ts";

/** The body of one call, in pieces that readers share. */
export type Body = Pick<Parcel, "chunks" | "size" | "digest">;

/** `array`: of up to 100 mails, for POST /emails/batch. `object`: one mail, for POST /emails. */
export type Shape = "array" | "object";

type Texts = readonly (string | Field)[];

/** One mail as JSON, cut at the places that differ: what opens it, the recipient's address, then the slots. */
interface Frame {
  readonly pieces: readonly Piece[];
  readonly slots: readonly Slot[];
}

interface Slot {
  readonly field: readonly [Field];
  readonly name: FieldName;
  /** As it stands in the JSON where a reader's value is empty. */
  readonly fallback: string;
}

const encoder = new TextEncoder();
const closing = encoder.encode("]");
const openingSlot = 0;
const addressSlot = 1;
const firstSlot = 2;
const noValues = { name: "", email: "", subscriber: "", leaveUrl: "", preferencesUrl: "" };

/** What any of the spellings changes: of HTML, of a header, of JSON. A text without it, as nearly all are, stands as it is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const special = /[&<>"'\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/;

/** Escapes and encodes an issue once; each call then costs only its readers' own values (DESIGN decision 6). */
export function frameIssue(mail: CompiledMail, shape: Shape): (recipients: readonly Recipient[]) => Body {
  const { pieces, slots } = frameMail(mail);
  const names = [...new Set(slots.map(({ name }) => name))];
  const splice = createSplice(pieces);
  let frameHash: Promise<Uint8Array> | null = null;
  return (recipients) => {
    const rows = recipients.map(({ address, values }, reader) => {
      const odd = names.filter((name) => special.test(values[name]));
      const row = [openerOf(reader, shape), special.test(address) ? escapeJson(address) : address];
      for (const { field, name, fallback } of slots) {
        const value = values[name];
        row.push(value === "" ? fallback : odd.includes(name) ? escapeJson(fill(field, values)) : value);
      }
      return row;
    });
    const { chunks, size, own, lengths } = splice(rows);
    return {
      ...close(chunks, size, shape),
      digest: async () => {
        frameHash ??= hashFrame(pieces);
        return hashParcel(await frameHash, own, lengths);
      },
    };
  };
}

/** The same for mails that share nothing. */
export function frameMessages(messages: readonly Message[], shape: Shape): Body {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (const message of messages) {
    const { pieces } = frameMail(asCompiled(message));
    const own = createSplice(pieces)([[openerOf(chunks.length, shape), escapeJson(message.to)]]);
    chunks.push(...own.chunks);
    size += own.size;
  }
  const body = close(chunks, size, shape);
  return { ...body, digest: () => digestOf(body.chunks) };
}

/** A mailbox as Resend reads it: the name quoted where RFC 5322 §3.4 needs it (FMT-06), never encoded. */
export function formatMailbox({ name, address }: Mailbox): string {
  if (name === "") {
    return address;
  }
  const special = /[()<>[\]:;@\\,."]|^\s|\s$/.test(name);
  return `${special ? `"${name.replace(/["\\]/g, "\\$&")}"` : name} <${address}>`;
}

function openerOf(reader: number, shape: Shape): string {
  return shape === "object" ? "" : reader === 0 ? "[" : ",";
}

function close(chunks: Uint8Array[], size: number, shape: Shape): { chunks: Uint8Array[]; size: number } {
  if (shape === "object") return { chunks, size };
  const opened = chunks.length === 0 ? [encoder.encode("[")] : chunks;
  opened.push(closing);
  return { chunks: opened, size: Math.max(size, 1) + 1 };
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
  writer.slot(addressSlot);
  writer.raw('"]}');
  return writer.end();
}

function createWriter() {
  const pieces: Piece[] = [openingSlot];
  const slots: Slot[] = [];
  const known = new Map<string, number>();
  return {
    raw: (json: string): void => void pieces.push(json),
    slot: (number: number): void => void pieces.push(number),
    text: (texts: Texts): void => {
      pieces.push('"');
      for (const piece of texts) {
        if (typeof piece === "string") {
          pieces.push(escapeJson(piece));
          continue;
        }
        const id = JSON.stringify([piece.field, piece.as, piece.fallback]);
        const number = known.get(id) ?? firstSlot + slots.push(slotOf(piece)) - 1;
        known.set(id, number);
        pieces.push(number);
      }
      pieces.push('"');
    },
    end: (): Frame => ({ pieces, slots }),
  };
}

function slotOf(field: Field): Slot {
  return { field: [field], name: field.field, fallback: escapeJson(fill([field], noValues)) };
}

/** What stands between the quotation marks of a JSON string; halves of surrogate pairs are spelled out. */
function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
