import { hash } from "node:crypto";

/** From this size on a chunk stands for itself by its own hash, which is made once however many readers share it. */
const large = 1_024;
const known = new WeakMap<Uint8Array, Buffer>();
/** Bytes of the length in front of each run. */
const head = 5;
const isRun = 0;
const isHash = 1;

/**
 * SHA-256 in hex over chunks: of the short ones byte by byte, of the long ones by their own SHA-256. It binds every byte, and
 * costs what differs between readers. The same bytes cut otherwise have another one.
 */
export function digestOf(chunks: readonly Uint8Array[]): string {
  const sheet = Buffer.allocUnsafe(roomFor(chunks));
  let end = 0;
  /** Where the head of the run of short ones stands that goes on; -1: none does. */
  let run = -1;
  for (const chunk of chunks) {
    if (chunk.length >= large) {
      closeRun();
      end = putHead(sheet, end, isHash, chunk.length);
      end += ownHash(chunk).copy(sheet, end);
      continue;
    }
    if (run === -1) {
      run = end;
      end += head;
    }
    sheet.set(chunk, end);
    end += chunk.length;
  }
  closeRun();
  return hash("sha256", sheet.subarray(0, end), "hex");

  function closeRun(): void {
    if (run !== -1) putHead(sheet, run, isRun, end - run - head);
    run = -1;
  }
}

function roomFor(chunks: readonly Uint8Array[]): number {
  let size = 0;
  for (const { length } of chunks) size += head + (length < large ? length : 32);
  return size;
}

function putHead(sheet: Buffer, at: number, kind: number, length: number): number {
  sheet[at] = kind;
  return sheet.writeUInt32BE(length, at + 1);
}

function ownHash(chunk: Uint8Array): Buffer {
  const found = known.get(chunk) ?? hash("sha256", chunk, "buffer");
  known.set(chunk, found);
  return found;
}
