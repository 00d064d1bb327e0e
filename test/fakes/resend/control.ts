import type { Fault } from "./faults.ts";
import type { Accepted } from "./ledger.ts";
import { createWebhooks, type FakeWebhooks } from "./webhooks.ts";

export interface FakeOptions {
  /** Where accepted mails are kept; a temporary file, removed at stop, when absent. */
  readonly ledger?: string;
  /** A port to listen on; a free one when absent. */
  readonly port?: number;
  readonly allowReserved?: boolean;
  readonly domains?: readonly string[];
  readonly apiKey?: string;
  /** Requests per second. */
  readonly rate?: number;
  readonly maxBytes?: number;
  /** Without: html and text are not kept. */
  readonly bodies?: boolean;
}

export interface FakeLedger {
  readonly perRecipient: Readonly<Record<string, number>>;
  readonly mails: readonly Accepted[];
}

/** A request as it came in; `body` is kept for the latest eight. */
export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly size: number;
  readonly body: string | null;
}

export interface FakeCounts {
  readonly mails: number;
  readonly recipients: number;
  readonly requests: number;
  /** Requests whose idempotency key it knew with other bytes. */
  readonly conflicts: number;
}

export interface FakeResend {
  readonly url: string;
  readonly ledgerFile: string;
  ledger(): Promise<FakeLedger>;
  counts(): Promise<FakeCounts>;
  requests(): Promise<readonly FakeRequest[]>;
  /** Scripts faults, consumed in order by the requests they match. */
  fault(...faults: readonly Fault[]): Promise<void>;
  /** Faults that have not struck yet. */
  faultsLeft(): Promise<readonly Fault[]>;
  /** Forgets the faults that have not struck yet. */
  calm(): Promise<void>;
  /** Moves its clock by so many milliseconds. */
  clock(ms: number): Promise<void>;
  /** Lets its time stand still but for what `clock` adds. */
  stopClock(): Promise<void>;
  /** Milliseconds that each accepted call takes from now on. */
  latency(ms: number): Promise<void>;
  /** Calls per second of its clock that it answers from now on, as its headers then say; null enforces none. */
  rate(calls: number | null): Promise<void>;
  /** Signed reports of what it has accepted; they are posted by the process that asks for them. */
  readonly webhooks: FakeWebhooks;
  /** Forgets everything, the ledger file included. */
  reset(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it as a crash would (SIGKILL). The ledger file stays until `stop`. */
  kill(): Promise<void>;
}

/** What ends a fake's process. */
export type End = (signal: "SIGTERM" | "SIGKILL") => Promise<void>;

/** Orders to a fake that listens at this address. */
export function controlFake(url: string, ledgerFile: string, end: End): FakeResend {
  const order = (path: string, body?: unknown): Promise<unknown> => send(`${url}/_control/${path}`, body);
  const ledger = async (): Promise<FakeLedger> => (await order("ledger")) as FakeLedger;
  return {
    url,
    ledgerFile,
    ledger,
    webhooks: createWebhooks(ledger),
    counts: async () => (await order("counts")) as FakeCounts,
    requests: async () => (await order("requests")) as FakeRequest[],
    fault: async (...faults) => void (await order("faults", { faults })),
    faultsLeft: async () => (await order("faults")) as Fault[],
    calm: async () => void (await order("calm", {})),
    clock: async (ms) => void (await order("clock", { ms })),
    stopClock: async () => void (await order("clock", { stop: true })),
    latency: async (ms) => void (await order("latency", { ms })),
    rate: async (calls) => void (await order("rate", { calls })),
    reset: async () => void (await order("reset", {})),
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}

async function send(url: string, body: unknown): Promise<unknown> {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(url, init);
  if (!response.ok) {
    throw new Error(`The fake Resend answered ${response.status}: ${await response.text()}`);
  }
  return response.json();
}
