import { createHash } from "node:crypto";
import type { CompiledMail, Message, Recipient } from "../../mail/message.ts";
import type { MailServer } from "../../mail-server.ts";
import type { Journal, MemberOutcome, Outcome, Parcel, Provider } from "../../provider/contract.ts";
import { refuse } from "../../provider/guard.ts";
import { conclude } from "../../provider/smtp/outcome.ts";
import { type Body, frameIssue, frameMessages, type Letter } from "../../provider/smtp/parcel.ts";
import { addressFault, assertSound, findUnsound, messageFault, type Unsound } from "../../provider/sound.ts";
import type { Errand } from "./dialogue.ts";
import { digestOf } from "./digest.ts";
import { createPool } from "./pool.ts";
import { type Line, openSession, type Session } from "./session.ts";
import { machineTimers, startWatch, type Timers } from "./timers.ts";
import { tlsOptions } from "./tls.ts";
import { type Passage, transact } from "./transact.ts";

/** How to send by SMTP. Nothing is read from the environment. */
export interface SmtpOptions {
  readonly server: MailServer;
  /** A public host name of ours, for EHLO; null: the connection's own address is named. */
  readonly name: string | null;
  /** Signs a mail of a domain: header lines with their line ends, put in front of it. Null: mails go unsigned. */
  readonly sign?: Sign | null;
  /** Whether the server knows Resend's idempotency keys; by its name when absent. */
  readonly knowsKeys?: boolean;
  readonly timers?: Timers;
}

/** Makes DKIM-Signature lines of a message in pieces, for the domain of its sender. */
export type Sign = (domain: string, chunks: readonly Uint8Array[]) => Uint8Array;

/** The SMTP way out, with connections that are kept between calls. */
export interface Smtp extends Provider {
  /** Says goodbye on kept connections. Calls under way are not touched. */
  close(): void;
}

/** One call holds as much as one connection sends in its time; the bytes bound memory. */
const callLimits = { members: 100, bytes: 50_000_000 } as const;
const mostSignature = 1_500;
/** Calls without a full answer whose accepted mails are remembered, so that repeats come to an end. */
const mostRemembered = 200;

interface Outlet {
  readonly line: Line;
  readonly knowsKeys: boolean;
  readonly sign: Sign | null;
  take(): Session | null;
  give(session: Session): void;
  readonly remembered: Map<string, readonly (MemberOutcome | null)[]>;
}

/** Makes the SMTP way out. Throws `misconfigured` for settings that could never send. */
export function createSmtp(options: SmtpOptions): Smtp {
  const { server, name } = options;
  const timers = options.timers ?? machineTimers;
  const pool = createPool(timers);
  const outlet: Outlet = {
    line: { server, tls: tlsOptions(server), name, timers },
    knowsKeys: options.knowsKeys ?? server.host === "smtp.resend.com",
    sign: options.sign ?? null,
    take: pool.take,
    give: pool.give,
    remembered: new Map(),
  };
  return {
    name: "smtp",
    knowsKeys: outlet.knowsKeys,
    limits: callLimits,
    notices: (messages) => noticeParcel(outlet, messages),
    issue: (mail) => issueParcels(outlet, mail),
    close: pool.close,
  };
}

function noticeParcel(outlet: Outlet, messages: readonly Message[]): Parcel {
  const unsound = findUnsound(messages, messageFault);
  // Such a call never leaves whole, so only the mails before the bad one are encoded, to the same bytes each time.
  return parcel(outlet, frameMessages(messages.slice(0, unsound?.index)), messages.length, unsound);
}

function issueParcels(outlet: Outlet, mail: CompiledMail): (recipients: readonly Recipient[]) => Parcel {
  assertSound(mail);
  const frame = frameIssue(mail);
  return (recipients) => {
    const unsound = findUnsound(recipients, (recipient) => addressFault(recipient.address));
    return parcel(outlet, frame(recipients.slice(0, unsound?.index)), recipients.length, unsound);
  };
}

function parcel(outlet: Outlet, body: Body, count: number, unsound: Unsound | null): Parcel {
  return {
    chunks: body.chunks,
    size: body.size,
    digest: async () => digestOf(body.chunks),
    async send(key, journal) {
      return refuse(key, count, body.size, callLimits, unsound) ?? (await deliver(outlet, body, key, journal));
    },
  };
}

async function deliver(outlet: Outlet, body: Body, key: string, journal: Journal | undefined): Promise<Outcome> {
  const { knowsKeys, remembered } = outlet;
  const { letters } = body;
  // Bytes of another size are another call, whatever its key.
  const call = `${key} ${body.size}`;
  const errand: Errand = {
    letters,
    known: remembered.get(call) ?? letters.map(() => null),
    journal,
    watch: startWatch(outlet.line.timers, knowsKeys),
    ...headsOf(outlet, letters, key),
  };
  const run = await passage(outlet, errand);
  const outcome = conclude(run, knowsKeys);
  remembered.delete(call);
  if (knowsKeys && outcome.result === "unsure") remember(remembered, call, run);
  return outcome;
}

/** A kept connection that turns out to be gone before any mail has begun is replaced once. */
async function passage(outlet: Outlet, errand: Errand): Promise<Passage> {
  const kept = outlet.take();
  if (kept !== null) {
    const run = await transact(kept, errand);
    if (run.ended === null) outlet.give(kept);
    if (!run.gone) return run;
  }
  const session = await openSession(outlet.line, errand.watch);
  if ("result" in session) return { members: errand.known, ended: session, gone: false };
  const run = await transact(session, errand);
  if (run.ended === null) outlet.give(session);
  return run;
}

function headsOf(outlet: Outlet, letters: readonly Letter[], key: string): Pick<Errand, "head" | "headSize"> {
  const { sign, knowsKeys } = outlet;
  if (sign === null && !knowsKeys) return { headSize: 0, head: () => [] };
  const made = new Map<number, readonly Uint8Array[]>();
  function make(place: number): readonly Uint8Array[] {
    const letter = letters[place];
    if (letter === undefined) return [];
    return [
      ...(sign === null ? [] : [sign(letter.domain, letter.chunks)]),
      ...(knowsKeys ? [Buffer.from(`Resend-Idempotency-Key: ${keyOf(key, place)}\r\n`, "latin1")] : []),
    ];
  }
  return {
    headSize: (sign === null ? 0 : mostSignature) + (knowsKeys ? keyOf(key, letters.length).length + 26 : 0),
    head(place) {
      const found = made.get(place) ?? make(place);
      made.clear();
      made.set(place, found);
      return found;
    },
  };
}

/** Resend takes keys of up to 256 characters; a longer one is told by its hash (RULES §6.2). */
function keyOf(key: string, place: number): string {
  const whole = `${key}-${place}`;
  return whole.length <= 256 ? whole : `${createHash("sha256").update(key).digest("hex")}-${place}`;
}

function remember(remembered: Outlet["remembered"], call: string, run: Passage): void {
  const [oldest] = remembered.keys();
  if (remembered.size >= mostRemembered && oldest !== undefined) remembered.delete(oldest);
  remembered.set(
    call,
    run.members.map((member) => (member?.result === "accepted" ? member : null)),
  );
}
