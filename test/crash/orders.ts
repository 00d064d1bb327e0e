import { join } from "node:path";

/** Passages of dispatch at which a dispatcher can end or stop. */
export const points = [
  /** Within the commit that plans, its deliveries written and its batches not. */
  "planning",
  "planned",
  "claimed",
  "frozen",
  /** Within any commit, behind one of its statements. */
  "midway",
  /** SMTP without keys only: the journal is durable, and the final dot has not left. */
  "leaving",
  /** Some ms behind the last byte of a call that is yet to be answered. */
  "flight",
  "sent",
  "answered",
  "settled",
] as const;

export type Point = (typeof points)[number];

/** How mails leave: Resend's three ways to take a batch, SMTP, or SMTP to a server that knows Resend's keys. */
export const transports = ["strict", "permissive", "single", "smtp", "keyed"] as const;

export type Transport = (typeof transports)[number];

/** What a dispatcher is told to pay, and where it is to end. */
export interface Orders {
  /** Holds tidings.db, keys and clock. */
  readonly folder: string;
  readonly transport: Transport;
  /** Of the fake provider. */
  readonly url: string;
  readonly workers: number;
  /** Most mails of a call. */
  readonly members: number;
  /** Where it stops or ends, and at which passage; null where it does not. */
  readonly fate: Fate | null;
}

/** SIGKILL or SIGSTOP at the nth passage of a point. */
export interface Fate {
  readonly point: Point;
  readonly nth: number;
  readonly signal: "SIGKILL" | "SIGSTOP";
  /** Milliseconds into the flight. */
  readonly delay: number;
}

/** What a dispatcher tells: it is ready to begin, nothing is due before a time in ms UTC (null: nothing is owed), or a turn was refused. */
export type Told =
  | { readonly ready: true }
  | { readonly due: number | null }
  | { readonly refused: string }
  | { readonly closed: true };

/** What a dispatcher is told to do next: begin with a folder, take the next turns, or close it. */
export type Order = { readonly pay: Orders } | { readonly go: true } | { readonly close: true };

/** The environment of an installation in a folder, mailing through a fake. */
export function environment({
  folder,
  transport,
  url,
}: Pick<Orders, "folder" | "transport" | "url">): Record<string, string> {
  const out =
    transport === "smtp" || transport === "keyed"
      ? { TIDINGS_PROVIDER: "smtp", SMTP_URL: url }
      : { TIDINGS_PROVIDER: "resend", RESEND_API_KEY: "re_crash", RESEND_BASE_URL: url, RESEND_BATCH: transport };
  return {
    TIDINGS_PUBLIC_URL: "https://letters.courier.example",
    TIDINGS_DATABASE: join(folder, "tidings.db"),
    TIDINGS_KEYS: join(folder, "keys"),
    TIDINGS_TEMPLATES: join(folder, "templates"),
    TIDINGS_LOG: "silent",
    ...out,
  };
}
