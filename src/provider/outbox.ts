import { AppError } from "../errors.ts";
import { fillMessage } from "../mail/fill.ts";
import type { Message } from "../mail/message.ts";
import { encodeMime } from "../mail/mime.ts";
import type { Outcome, Parcel, Provider } from "./contract.ts";
import { digestOf } from "./digest.ts";
import { refuse } from "./guard.ts";
import { assertSound, findUnsound, messageFault } from "./sound.ts";

/** What a list of kept mails shows of each, headers decoded. */
export interface KeptMail {
  readonly id: string;
  /** Milliseconds UTC. */
  readonly at: number;
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  /** Bytes. */
  readonly size: number;
}

/** Where mails are kept for reading. */
export interface MailKeep {
  /**
   * Keeps each mail once however often it is called with this key, also by two processes. Returns the mails' ids in
   * order. Throws AppError `conflict` when the key stands for other bytes, `unavailable` when nothing was kept; after
   * any other error the same call completes what is missing.
   */
  put(key: string, mails: readonly Uint8Array[]): Promise<string[]>;
  /** Newest first; `before` is the last id of the page before. */
  list(page: { before?: string; limit: number }): Promise<KeptMail[]>;
  /** The message as RFC 5322 bytes; null for an unknown or impossible id. */
  read(id: string): Promise<Uint8Array | null>;
  /** Removes what was kept before this time (milliseconds UTC) and tells how many mails that were. */
  purge(before: number): Promise<number>;
}

/** The outbox's one switch: an outcome to pretend, or null to keep the mails. */
export interface OutboxOptions {
  readonly fault?: () => Outcome | null;
}

const limits = { members: 100, bytes: 100_000_000 } as const;

/** The way out that leaves nowhere: complete messages are kept for reading. */
export function createOutbox(keep: MailKeep, options: OutboxOptions = {}): Provider {
  const fault = options.fault ?? (() => null);
  return {
    name: "outbox",
    knowsKeys: true,
    limits,
    notices: (messages) => parcel(keep, fault, messages),
    issue: (mail) => {
      assertSound(mail);
      return (recipients) =>
        parcel(
          keep,
          fault,
          recipients.map((recipient) => fillMessage(mail, recipient)),
        );
    },
  };
}

function parcel(keep: MailKeep, fault: () => Outcome | null, messages: readonly Message[]): Parcel {
  const unsound = findUnsound(messages, messageFault);
  // Such a call never leaves whole, so only the mails before the bad one are encoded, to the same bytes each time.
  const chunks = messages.slice(0, unsound?.index).map(encodeMime);
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return {
    chunks,
    size,
    digest: () => digestOf(chunks),
    send: async (key) =>
      refuse(key, messages.length, size, limits, unsound) ?? fault() ?? (await put(keep, key, chunks)),
  };
}

async function put(keep: MailKeep, key: string, chunks: readonly Uint8Array[]): Promise<Outcome> {
  try {
    return { result: "accepted", ids: await keep.put(key, chunks) };
  } catch (error) {
    return { result: resultOf(error), reason: describe(error) };
  }
}

function resultOf(error: unknown): "conflict" | "retry" | "unsure" {
  switch (error instanceof AppError ? error.code : null) {
    case "conflict":
      return "conflict";
    case "unavailable":
      return "retry";
    default:
      return "unsure";
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const hint = error instanceof AppError ? error.details.hint : undefined;
  return hint === undefined ? error.message : `${error.message} ${hint}`;
}
