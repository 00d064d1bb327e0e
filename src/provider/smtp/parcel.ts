import type { CompiledMail, Message, Recipient } from "../../mail/message.ts";
import { encodeMime } from "../../mail/mime.ts";
import { frameMimes, type MimeParts } from "../../mail/mime-frame.ts";
import { envelopeAddress, openingLines } from "./commands.ts";

/** One mail, ready for the wire: its envelope and its bytes, which end with CRLF and in which no line begins with a dot. */
export interface Letter extends MimeParts {
  /** As they stand between `<` and `>`. */
  readonly from: string;
  readonly to: string;
  /** The domain whose key signs it. */
  readonly domain: string;
}

/** The bytes of a whole call as they would be pipelined, but for what each connection adds (SIZE, signatures). */
export interface Body {
  readonly letters: readonly Letter[];
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
}

const encoder = new TextEncoder();
const nothing: MimeParts = { chunks: [], size: 0 };
const finalDot = encoder.encode(".\r\n");

/** Encodes an issue once; each reader then costs what differs. */
export function frameIssue(mail: CompiledMail): (recipients: readonly Recipient[]) => Body {
  const frame = frameMimes(mail);
  const from = envelopeAddress(mail.from.address);
  return (recipients) => {
    const framed = frame(recipients);
    return bind(recipients.map(({ address }, place) => letter(from, address, framed[place] ?? nothing)));
  };
}

/** The same for mails that share nothing. */
export function frameMessages(messages: readonly Message[]): Body {
  return bind(messages.map((message) => letter(envelopeAddress(message.from.address), message.to, parts(message))));
}

function letter(from: string, to: string, { chunks, size }: MimeParts): Letter {
  return { from, to: envelopeAddress(to), domain: from.slice(from.lastIndexOf("@") + 1).toLowerCase(), chunks, size };
}

function parts(message: Message): MimeParts {
  const bytes = stuffDots(encodeMime(message));
  return { chunks: [bytes], size: bytes.length };
}

/** Doubles each dot that begins a line (RFC 5321 §4.5.2), and returns the bytes themselves where there is none. */
export function stuffDots(bytes: Uint8Array): Uint8Array {
  const places: number[] = [];
  for (let at = bytes.indexOf(46); at >= 0; at = bytes.indexOf(46, at + 1)) {
    if (at === 0 || bytes[at - 1] === 10) places.push(at);
  }
  if (places.length === 0) return bytes;
  const stuffed = new Uint8Array(bytes.length + places.length);
  let from = 0;
  for (const [before, at] of places.entries()) {
    stuffed.set(bytes.subarray(from, at), from + before);
    stuffed[at + before] = 46;
    from = at;
  }
  stuffed.set(bytes.subarray(from), from + places.length);
  return stuffed;
}

function bind(letters: readonly Letter[]): Body {
  const openings = letters.map((one) => {
    const { mail, rcpt, data } = openingLines(one, null);
    return mail + rcpt + data;
  });
  // ASCII, so a place in the text is one in the bytes; an encoding for each would cost far more.
  const encoded = encoder.encode(openings.join(""));
  const chunks: Uint8Array[] = [];
  let size = encoded.length;
  let at = 0;
  for (const [place, one] of letters.entries()) {
    const start = at;
    at += openings[place]?.length ?? 0;
    chunks.push(encoded.subarray(start, at), ...one.chunks, finalDot);
    size += one.size + finalDot.length;
  }
  return { letters, chunks, size };
}
