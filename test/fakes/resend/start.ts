import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
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

/** Starts the fake as a process of its own and waits until it listens. */
export async function startFakeResend(options: FakeOptions = {}): Promise<FakeResend> {
  const folder = options.ledger === undefined ? mkdtempSync(join(tmpdir(), "fake-resend-")) : null;
  const ledgerFile = options.ledger ?? join(folder ?? "", "ledger.jsonl");
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, ...flagsFor(options, ledgerFile)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  const line = await firstLine(child.stdout, gone);
  const url = line.replace(/^listening /, "");

  async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    child.kill(signal);
    await gone;
  }
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
    stop: async () => {
      await end("SIGTERM");
      if (folder !== null) {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

function flagsFor(options: FakeOptions, ledger: string): string[] {
  const flags = ["--port", String(options.port ?? 0), "--ledger", ledger, "--until-stdin-ends"];
  const given: [string, string | number | undefined][] = [
    ["--domains", options.domains?.join(",")],
    ["--key", options.apiKey],
    ["--rate", options.rate],
    ["--max-bytes", options.maxBytes],
  ];
  flags.push(...given.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)])));
  if (options.allowReserved) {
    flags.push("--allow-reserved");
  }
  if (options.bodies === false) {
    flags.push("--no-bodies");
  }
  return flags;
}

async function firstLine(output: NodeJS.ReadableStream, gone: Promise<unknown>): Promise<string> {
  const lines = createInterface({ input: output });
  const line = once(lines, "line").then(([text]) => String(text));
  const early = gone.then(() => Promise.reject(new Error("The fake Resend ended before it listened.")));
  return Promise.race([line, early]);
}

async function send(url: string, body: unknown): Promise<unknown> {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(url, init);
  if (!response.ok) {
    throw new Error(`The fake Resend answered ${response.status}: ${await response.text()}`);
  }
  return response.json();
}
