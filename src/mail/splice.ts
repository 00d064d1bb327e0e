/** A text that all readers share, or the place of one of a reader's own texts in their row. */
export type Piece = string | number;

/** What some readers get, in chunks that they share as far as they can. */
export interface Spliced {
  readonly chunks: Uint8Array[];
  /** Bytes of all chunks. */
  readonly size: number;
  /** The readers' own texts in one run of bytes, row by row, and how long each of them is. */
  readonly own: Uint8Array;
  readonly lengths: readonly number[];
  /** For each row, how many of the chunks are its own or an earlier one's, and how many bytes. */
  readonly ends: readonly (readonly [chunks: number, bytes: number])[];
}

/** A chunk that all readers share, or a stretch that is put together anew for each: literals, and places in the row. */
type Part = Uint8Array | readonly (Uint8Array | number)[];

/** Bytes: a shorter literal is copied for each reader, since a chunk more costs every layer below more than that. */
const shortestChunk = 512;
const encoder = new TextEncoder();
const nothing = new Uint8Array(0);

/**
 * Encodes what readers share once, as UTF-8. Each call then encodes one row of texts for each reader, and nothing else. Pure:
 * the same rows give the same chunks. The texts are spelled as they stand in the end, and hold no half of a surrogate pair.
 * Throws for a row that is too short.
 */
export function createSplice(pieces: readonly Piece[]): (rows: readonly (readonly string[])[]) => Spliced {
  const parts = partsOf(pieces);
  const width = 1 + Math.max(-1, ...pieces.filter((piece) => typeof piece === "number"));
  return (rows) => {
    const texts: string[] = [];
    for (const row of rows) {
      if (row.length < width) throw new Error(`A row of ${row.length} texts where ${width} are needed`);
      for (const text of row) texts.push(text);
    }
    // All in one call, then cut: a call for each text would cost five times as much.
    const whole = texts.join("");
    const own = encoder.encode(whole);
    const lengths = texts.map(own.length === whole.length ? (text) => text.length : utf8Length);
    let end = 0;
    const values = lengths.map((length) => {
      end += length;
      return own.subarray(end - length, end);
    });
    return { ...lay(parts, rows, values), own, lengths };
  };
}

function partsOf(pieces: readonly Piece[]): Part[] {
  const parts: Part[] = [];
  let held: (Uint8Array | number)[] = [];
  const flush = (): void => {
    if (held.length > 0) parts.push(held);
    held = [];
  };
  for (const piece of joinLiterals(pieces)) {
    const entry = typeof piece === "string" ? encoder.encode(piece) : piece;
    if (typeof entry === "number" || entry.length < shortestChunk) {
      held.push(entry);
      continue;
    }
    flush();
    parts.push(entry);
  }
  flush();
  return parts;
}

function joinLiterals(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (typeof piece === "string" && typeof last === "string") joined[joined.length - 1] = last + piece;
    else if (piece !== "") joined.push(piece);
  }
  return joined;
}

function lay(
  parts: readonly Part[],
  rows: readonly (readonly string[])[],
  values: readonly Uint8Array[],
): Pick<Spliced, "chunks" | "size" | "ends"> {
  const room = new Uint8Array(ownSize(parts, rows, values));
  const chunks: Uint8Array[] = [];
  const ends: [number, number][] = [];
  let size = 0;
  let at = 0;
  let first = 0;
  for (const row of rows) {
    for (const part of parts) {
      if (part instanceof Uint8Array) {
        chunks.push(part);
        size += part.length;
        continue;
      }
      const start = at;
      for (const piece of part) {
        const bytes = typeof piece === "number" ? (values[first + piece] ?? nothing) : piece;
        room.set(bytes, at);
        at += bytes.length;
      }
      if (at > start) chunks.push(room.subarray(start, at));
    }
    first += row.length;
    ends.push([chunks.length, size + at]);
  }
  return { chunks, size: size + at, ends };
}

/** Bytes of all that is put together for these readers. */
function ownSize(parts: readonly Part[], rows: readonly (readonly string[])[], values: readonly Uint8Array[]): number {
  const pieces = parts.flatMap((part) => (part instanceof Uint8Array ? [] : part));
  let fixed = 0;
  for (const piece of pieces) fixed += typeof piece === "number" ? 0 : piece.length;
  const places = pieces.filter((piece) => typeof piece === "number");
  let size = fixed * rows.length;
  let first = 0;
  for (const row of rows) {
    for (const place of places) size += values[first + place]?.length ?? 0;
    first += row.length;
  }
  return size;
}

/** Each half of a surrogate pair counts for two of its four bytes. */
function utf8Length(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x80) length += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return length;
}
