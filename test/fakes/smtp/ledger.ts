import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from "node:fs";

/** One accepted mail. */
export interface Accepted {
  readonly seq: number;
  /** What the reply named. */
  readonly id: string;
  readonly recipient: string;
  readonly sender: string;
  /** Without angle brackets; "" where there is none. */
  readonly messageId: string;
  /** Resend-Idempotency-Key; null where there is none. */
  readonly key: string | null;
  /** SHA-256 of a message with a key, in hex; null without. */
  readonly hash: string | null;
  /** The message as it came, dots unstuffed, one character per byte; null when bodies are not kept. */
  readonly raw: string | null;
}

/** Accepted mails in a file of JSON lines, on disk before any answer and read again at start. */
export function openLedger(path: string, withBodies: boolean, durable: boolean) {
  const mails: Accepted[] = [];
  const firsts = new Map<string, Accepted>();
  let conflicts = 0;
  const length = existsSync(path) ? load(readFileSync(path), mails) : 0;
  for (const mail of mails) if (mail.key !== null) firsts.set(mail.key, mail);
  const file = openSync(path, "a");
  // A line that lacks its end was never answered for.
  truncateSync(path, length);
  return {
    mails,
    /** How many times a known key came with other bytes. */
    conflicts: (): number => conflicts,
    /** Records a mail and returns its id; with `byKey`, a key that is known names the mail that came first. */
    accept: (mail: Omit<Accepted, "seq" | "id" | "hash">, byKey: boolean): string => {
      const hash = mail.key === null ? null : hashOf(`${mail.sender} ${mail.recipient} ${mail.raw}`);
      const known = byKey && mail.key !== null ? firsts.get(mail.key) : undefined;
      if (known !== undefined) {
        if (known.hash !== hash) conflicts += 1;
        return known.id;
      }
      const seq = mails.length + 1;
      const entry = { seq, id: `fake-${seq}`, ...mail, hash, raw: withBodies ? mail.raw : null };
      const line = Buffer.from(`${JSON.stringify(entry)}\n`);
      for (let at = 0; at < line.length; ) at += writeSync(file, line, at);
      if (durable) fsyncSync(file);
      mails.push(entry);
      if (mail.key !== null) firsts.set(mail.key, entry);
      return entry.id;
    },
    clear: (): void => {
      ftruncateSync(file);
      mails.length = 0;
      firsts.clear();
      conflicts = 0;
    },
    close: (): void => closeSync(file),
  };
}

export type Ledger = ReturnType<typeof openLedger>;

function hashOf(text: string): string {
  return createHash("sha256").update(text, "latin1").digest("hex");
}

function load(bytes: Buffer, mails: Accepted[]): number {
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    mails.push(JSON.parse(bytes.toString("utf8", start, end)) as Accepted);
    start = end + 1;
  }
  return start;
}
