/** A message in the two parts that DKIM hashes apart; lines end in CRLF alone. */
export interface Parts {
  /** Header fields from top to bottom, folded as they stand, without their last CRLF. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly body: readonly Uint8Array[];
}

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;

/** Chunks this long are shared between messages, so that what they come to is worth keeping. */
const longestFleeting = 512;

/** Cuts a message at its first empty line. Throws where a header is none, or not ASCII. */
export function splitMessage(chunks: readonly Uint8Array[]): Parts {
  const head: Uint8Array[] = [];
  let seen = 0;
  for (const [at, chunk] of chunks.entries()) {
    for (let index = 0; index < chunk.length; index++) {
      seen = advance(seen, chunk[index] ?? 0);
      if (seen < 4) continue;
      head.push(chunk.subarray(0, index + 1));
      return { fields: readFields(head), body: [chunk.subarray(index + 1), ...chunks.slice(at + 1)] };
    }
    head.push(chunk);
  }
  return { fields: readFields(head), body: [] };
}

/** A header field by RFC 6376 §3.4.2, without a line end. */
export function relaxField(name: string, value: string): string {
  const unfolded = value.replaceAll("\r\n", "").replace(/[ \t]+/g, " ");
  return `${name.toLowerCase()}:${unfolded.replace(/^ | $/g, "")}`;
}

/** A body by RFC 6376 §3.4.4: blanks in a row are one, those at line ends and the empty lines at its end are none. */
export function relaxBody(chunks: readonly Uint8Array[]): Uint8Array[] {
  const out: Uint8Array[] = [];
  const writer = createRelaxer(out);
  for (const chunk of chunks) {
    if (chunk.length <= longestFleeting) {
      writer.write(chunk);
      continue;
    }
    const { start, end, core } = coreOf(chunk);
    writer.write(chunk.subarray(0, start));
    if (core.length > 0) writer.pass(core);
    writer.write(chunk.subarray(end));
  }
  writer.end();
  return out;
}

/** How many characters of CRLF CRLF have come. */
function advance(seen: number, byte: number): number {
  if (byte === CR) return seen === 2 ? 3 : 1;
  if (byte === LF) return seen === 1 || seen === 3 ? seen + 1 : 0;
  return 0;
}

function readFields(head: readonly Uint8Array[]): { name: string; value: string }[] {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const text = head.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
  if (/[^\0-\x7f]/.test(text)) throw new Error("A header to be signed is not ASCII");
  return text
    .replace(/(?:\r\n)+$/, "")
    .split(/\r\n(?![ \t])/)
    .map((field) => {
      const colon = field.indexOf(":");
      if (colon < 1) throw new Error(`Not a header: ${field.slice(0, 40)}`);
      return { name: field.slice(0, colon).trimEnd(), value: field.slice(colon + 1) };
    });
}

/** What lies between the first and the last character of a chunk that is neither blank nor line end: it stands for itself. */
interface Core {
  readonly start: number;
  readonly end: number;
  readonly core: Uint8Array;
}

const cores = new WeakMap<Uint8Array, Core>();

function coreOf(chunk: Uint8Array): Core {
  const known = cores.get(chunk);
  if (known !== undefined) return known;
  let start = 0;
  while (start < chunk.length && isSpace(chunk[start])) start++;
  let end = chunk.length;
  while (end > start && isSpace(chunk[end - 1])) end--;
  const found = { start, end, core: relaxCore(chunk.subarray(start, end)) };
  cores.set(chunk, found);
  return found;
}

function relaxCore(bytes: Uint8Array): Uint8Array {
  const out: Uint8Array[] = [];
  createRelaxer(out).write(bytes);
  return out[0] ?? bytes;
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === CR || byte === LF;
}

/** Blanks and line ends wait until something follows them. */
function createRelaxer(out: Uint8Array[]) {
  let hasBlank = false;
  let lines = 0;
  let isEmpty = true;
  /** Writes what has waited, and returns the place behind it. */
  function settle(target: Uint8Array, from: number): number {
    let at = from;
    for (; lines > 0; lines--) {
      target[at++] = CR;
      target[at++] = LF;
    }
    if (hasBlank) target[at++] = SPACE;
    hasBlank = false;
    isEmpty = false;
    return at;
  }
  function write(bytes: Uint8Array): void {
    const target = new Uint8Array(2 * (bytes.length + lines) + 1);
    let at = 0;
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] ?? 0;
      if (byte === SPACE || byte === TAB) hasBlank = true;
      else if (byte === LF) {
        lines++;
        hasBlank = false;
      } else if (byte !== CR) {
        if (hasBlank || lines > 0 || isEmpty) at = settle(target, at);
        target[at++] = byte;
      }
    }
    if (at > 0) out.push(target.subarray(0, at));
  }
  return {
    write,
    /** Hands on bytes that are relaxed already, and neither begin nor end with what could wait. */
    pass: (bytes: Uint8Array): void => {
      const target = new Uint8Array(2 * lines + 1);
      const at = settle(target, 0);
      if (at > 0) out.push(target.subarray(0, at));
      out.push(bytes);
    },
    end: (): void => {
      if (!isEmpty) out.push(Uint8Array.of(CR, LF));
    },
  };
}
