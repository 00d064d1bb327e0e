import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { diskFolder } from "../../world/scratch.ts";
import type { Fault } from "./faults.ts";
import type { Accepted } from "./ledger.ts";
import type { Logged, Manners } from "./session.ts";

export interface FakeOptions {
  /** Where accepted mails are kept; a temporary file, removed at stop, when absent. */
  readonly ledger?: string;
  /** A port to listen on; a free one when absent. */
  readonly port?: number;
  readonly manners?: Partial<Manners>;
  /** False: messages are not kept. */
  readonly bodies?: boolean;
  /** False: what is said is not kept. */
  readonly talk?: boolean;
  /** False: the ledger is written, but not synced, before each answer. */
  readonly durable?: boolean;
}

export interface FakeSmtp {
  readonly port: number;
  readonly ledgerFile: string;
  /** The certificate that it shows, PEM. */
  readonly certificateFile: string;
  ledger(): Promise<{ perRecipient: Readonly<Record<string, number>>; mails: readonly Accepted[] }>;
  /** `conflicts`: how many times a known key came with other bytes. */
  counts(): Promise<{ mails: number; recipients: number; connections: number; open: number; conflicts: number }>;
  /** Connections, the oldest first. */
  talks(): Promise<readonly Logged[]>;
  fault(...faults: readonly Fault[]): Promise<void>;
  faultsLeft(): Promise<readonly Fault[]>;
  /** Changes what it offers to connections that come. */
  set(manners: Partial<Manners>): Promise<void>;
  /** Ends all connections. */
  hangUp(): Promise<void>;
  /** Forgets everything, ends all connections, and behaves as at its start. */
  reset(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it as a crash would (SIGKILL). The ledger file stays until `stop`. */
  kill(): Promise<void>;
}

/** Starts the fake as a process of its own and waits until it listens. */
export async function startFakeSmtp(options: FakeOptions = {}): Promise<FakeSmtp> {
  const folder = options.ledger === undefined ? diskFolder("fake-smtp") : null;
  const ledgerFile = options.ledger ?? join(folder ?? "", "ledger.jsonl");
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, ...flagsFor(options, ledgerFile)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  const [, port = "", url = ""] = (await firstLine(child.stdout, gone)).split(" ");

  async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    child.kill(signal);
    await gone;
  }
  const order = (path: string, body?: unknown): Promise<unknown> => send(`${url}/${path}`, body);
  return {
    port: Number(port),
    ledgerFile,
    certificateFile: `${ledgerFile}.pem`,
    ledger: async () => (await order("ledger")) as Awaited<ReturnType<FakeSmtp["ledger"]>>,
    counts: async () => (await order("counts")) as Awaited<ReturnType<FakeSmtp["counts"]>>,
    talks: async () => (await order("talks")) as Logged[],
    fault: async (...faults) => void (await order("faults", { faults })),
    faultsLeft: async () => (await order("faults")) as Fault[],
    set: async (manners) => void (await order("manners", { manners })),
    hangUp: async () => void (await order("close", {})),
    reset: async () => void (await order("reset", {})),
    kill: () => end("SIGKILL"),
    stop: async () => {
      await end("SIGTERM");
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function flagsFor(options: FakeOptions, ledger: string): string[] {
  const { port = 0, manners = {}, bodies = true, talk = true, durable = true } = options;
  return [
    ...["--port", String(port), "--ledger", ledger, "--manners", JSON.stringify(manners), "--until-stdin-ends"],
    ...(bodies ? [] : ["--no-bodies"]),
    ...(talk ? [] : ["--no-talk"]),
    ...(durable ? [] : ["--no-sync"]),
  ];
}

async function firstLine(output: NodeJS.ReadableStream, gone: Promise<unknown>): Promise<string> {
  const lines = createInterface({ input: output });
  const line = once(lines, "line").then(([text]) => String(text));
  const early = gone.then(() => Promise.reject(new Error("The fake mail server ended before it listened.")));
  return Promise.race([line, early]);
}

async function send(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`The fake mail server answered ${response.status}: ${await response.text()}`);
  return response.json();
}
