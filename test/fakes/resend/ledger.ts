import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import type { Mail } from "./rules.ts";

/** One accepted mail to one recipient. */
export interface Accepted extends Omit<Mail, "to"> {
  readonly type: "mail";
  readonly seq: number;
  readonly id: string;
  readonly recipient: string;
  readonly key: string | null;
  readonly at: number;
}

/** One accepted call: what its idempotency key stands for. */
export interface Settled {
  readonly type: "call";
  readonly key: string | null;
  readonly hash: string;
  readonly at: number;
  readonly answer: unknown;
}

/** Accepted mails and keys in a file of JSON lines, written before any answer and read again at start. */
export function openLedger(path: string, withBodies: boolean) {
  const mails: Accepted[] = [];
  const calls = new Map<string, Settled>();
  const length = existsSync(path) ? load(readFileSync(path), mails, calls) : 0;
  const file = openSync(path, "a");
  // A line that lacks its end, or mails without their call, were never answered for.
  truncateSync(path, length);
  return {
    mails,
    calls,
    /** Records a call as a whole and returns one id per mail. */
    accept: (batch: readonly Mail[], call: Omit<Settled, "type" | "answer">, answer: (ids: string[]) => unknown) => {
      const added: Accepted[] = [];
      const ids = batch.map((mail, index) => {
        const id = idFor(mails.length + added.length + 1, index);
        for (const recipient of mail.to) {
          const { to: _, html, text, ...rest } = mail;
          const bodies = withBodies ? { html, text } : { html: null, text: null };
          const seq = mails.length + added.length + 1;
          added.push({ type: "mail", seq, id, recipient, key: call.key, at: call.at, ...rest, ...bodies });
        }
        return id;
      });
      const settled: Settled = { type: "call", ...call, answer: answer(ids) };
      writeAll(file, `${[...added, settled].map((line) => JSON.stringify(line)).join("\n")}\n`);
      mails.push(...added);
      if (call.key !== null) {
        calls.set(call.key, settled);
      }
      return settled.answer;
    },
    clear: (): void => {
      ftruncateSync(file);
      mails.length = 0;
      calls.clear();
    },
    close: (): void => closeSync(file),
  };
}

export type Ledger = ReturnType<typeof openLedger>;

function load(bytes: Buffer, mails: Accepted[], calls: Map<string, Settled>): number {
  let pending: Accepted[] = [];
  let start = 0;
  let sound = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    const line = JSON.parse(bytes.toString("utf8", start, end)) as Accepted | Settled;
    start = end + 1;
    if (line.type === "mail") {
      pending.push(line);
      continue;
    }
    mails.push(...pending);
    pending = [];
    sound = start;
    if (line.key !== null) {
      calls.set(line.key, line);
    }
  }
  return sound;
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(file, bytes, at);
  }
}

// The shape of a UUID without its chance: the same run yields the same ids.
function idFor(seq: number, index: number): string {
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, "0");
  return `f4ce0000-0000-4000-${hex(0x8000 + (index & 0xfff), 4)}-${hex(seq, 12)}`;
}
