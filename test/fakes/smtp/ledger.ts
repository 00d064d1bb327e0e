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
  /** The message as it came, dots unstuffed, one character per byte; null when bodies are not kept. */
  readonly raw: string | null;
}

/** Accepted mails in a file of JSON lines, on disk before any answer and read again at start. */
export function openLedger(path: string, withBodies: boolean, durable: boolean) {
  const mails: Accepted[] = [];
  const ids = new Map<string, string>();
  const length = existsSync(path) ? load(readFileSync(path), mails) : 0;
  for (const { key, id } of mails) if (key !== null) ids.set(key, id);
  const file = openSync(path, "a");
  // A line that lacks its end was never answered for.
  truncateSync(path, length);
  return {
    mails,
    /** Records a mail and returns its id; with `byKey`, a key that is known names the mail that came first. */
    accept: (mail: Omit<Accepted, "seq" | "id">, byKey: boolean): string => {
      const known = byKey && mail.key !== null ? ids.get(mail.key) : undefined;
      if (known !== undefined) return known;
      const seq = mails.length + 1;
      const entry = { seq, id: `fake-${seq}`, ...mail, raw: withBodies ? mail.raw : null };
      const line = Buffer.from(`${JSON.stringify(entry)}\n`);
      for (let at = 0; at < line.length; ) at += writeSync(file, line, at);
      if (durable) fsyncSync(file);
      mails.push(entry);
      if (mail.key !== null) ids.set(mail.key, entry.id);
      return entry.id;
    },
    clear: (): void => {
      ftruncateSync(file);
      mails.length = 0;
      ids.clear();
    },
    close: (): void => closeSync(file),
  };
}

export type Ledger = ReturnType<typeof openLedger>;

function load(bytes: Buffer, mails: Accepted[]): number {
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    mails.push(JSON.parse(bytes.toString("utf8", start, end)) as Accepted);
    start = end + 1;
  }
  return start;
}
