import { closeSync, openSync, readSync } from "node:fs";
import { faults } from "../fakes/resend/faults.ts";
import { startFakeResend } from "../fakes/resend/start.ts";
import { startFakeSmtp } from "../fakes/smtp/start.ts";

/** The far side of a transport: a fake provider, and its durable ledger. */
export interface Far {
  readonly url: string;
  readonly ledgerFile: string;
  /** What it has taken for recipients of a round, by its own ledger: address and id, in order. */
  taken(round: string): readonly (readonly [address: string, id: string])[];
  /** Faults of its own for the next calls of a round. */
  trouble(round: string): Promise<void>;
  /** Idempotency keys that came again with other bytes. */
  conflicts(): Promise<number>;
  stop(): Promise<void>;
}

/** A fake Resend; with a ledger that it had before, it remembers. */
export async function startFarResend(ledger?: string): Promise<Far> {
  const kept = ledger === undefined ? {} : { ledger };
  const fake = await startFakeResend({ apiKey: "re_crash", domains: ["courier.tld"], bodies: false, ...kept });
  const troubles = [faults.accepted502, faults.rate429, faults.acceptedReset];
  return {
    url: fake.url,
    ledgerFile: fake.ledgerFile,
    taken: followLedger(fake.ledgerFile),
    trouble: async (round) => fake.fault(...troubles.map((one) => ({ ...one, match: { key: `${round}/` } }))),
    conflicts: async () => (await fake.counts()).conflicts,
    stop: () => fake.stop(),
  };
}

/** A fake mail server that knows no keys; its troubles leave no doubt, so that all doubt comes of the crashes. */
export async function startFarSmtp(ledger?: string): Promise<Far> {
  const kept = ledger === undefined ? {} : { ledger };
  const fake = await startFakeSmtp({ bodies: false, talk: false, durable: false, ...kept });
  const reader = (round: string, n: number) => `${round}-${n}@post.tld`;
  return {
    url: `smtp://127.0.0.1:${fake.port}`,
    ledgerFile: fake.ledgerFile,
    taken: followLedger(fake.ledgerFile),
    trouble: async (round) =>
      fake.fault(
        { at: "rcpt", kind: "reply", text: "451 4.7.1 greylisted", to: reader(round, 3) },
        { at: "dot", kind: "reply", text: "452 4.3.1 no space", to: reader(round, 5) },
        { at: "data", kind: "drop", to: reader(round, 14) },
      ),
    conflicts: async () => 0,
    stop: () => fake.stop(),
  };
}

/** A fake mail server that remembers keys as smtp.resend.com does; its troubles leave doubt, which its keys clear. */
export async function startFarKeyed(): Promise<Far> {
  const fake = await startFakeSmtp({ bodies: false, talk: false, durable: false, manners: { keys: true } });
  const reader = (round: string, n: number) => `${round}-${n}@post.tld`;
  return {
    url: `smtp://127.0.0.1:${fake.port}`,
    ledgerFile: fake.ledgerFile,
    taken: followLedger(fake.ledgerFile),
    trouble: async (round) =>
      fake.fault(
        { at: "rcpt", kind: "reply", text: "451 4.7.1 greylisted", to: reader(round, 3) },
        { at: "dot", kind: "drop", accept: true, to: reader(round, 5) },
        { at: "dot", kind: "drop", to: reader(round, 14) },
      ),
    conflicts: async () => (await fake.counts()).conflicts,
    stop: () => fake.stop(),
  };
}

/** Reads a ledger of JSON lines as it grows; addresses begin with the name of their round. */
function followLedger(path: string): Far["taken"] {
  const rounds = new Map<string, (readonly [string, string])[]>();
  let at = 0;
  let rest = "";
  function follow(): void {
    const file = openSync(path, "r");
    const bytes = Buffer.alloc(1 << 16);
    for (let count = -1; count !== 0; at += count) {
      count = readSync(file, bytes, 0, bytes.length, at);
      // Addresses are ASCII here, so that a character cut in two can only be of a text that nobody looks at.
      rest += bytes.toString("latin1", 0, count);
    }
    closeSync(file);
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { recipient, id } = JSON.parse(line) as { recipient?: string; id: string };
      // Resend's also keeps a line for each call.
      if (recipient === undefined) continue;
      const [round = ""] = recipient.split("-");
      const mails = rounds.get(round) ?? [];
      mails.push([recipient, id]);
      rounds.set(round, mails);
    }
  }
  return (round) => {
    follow();
    return rounds.get(round) ?? [];
  };
}
