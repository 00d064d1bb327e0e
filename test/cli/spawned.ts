import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

const main = join(import.meta.dirname, "../../src/cli/main.ts");

/** A real `tidings` process, and what it has printed so far. */
export interface Spawned {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves once the text has been printed on either stream; rejects when the process ends without it. */
  printed(text: string | RegExp): Promise<void>;
  /** Resolves when it has ended; `code` is null where a signal ended it. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; out: string; err: string }>;
}

/** Starts `tidings` as a process of its own, with these settings and no terminal. */
export function spawnTidings(argv: readonly string[], environment: Record<string, string>, cwd?: string): Spawned {
  const { PATH = "", HOME = "", NODE_COMPILE_CACHE = "" } = process.env;
  const child = spawn(process.execPath, [main, ...argv], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
  });
  const texts = { out: "", err: "" };
  const watchers = new Set<() => void>();
  for (const name of ["out", "err"] as const) {
    child[name === "out" ? "stdout" : "stderr"]?.setEncoding("utf8").on("data", (chunk: string) => {
      texts[name] += chunk;
      for (const look of watchers) look();
    });
  }
  const ended = new Promise<Awaited<Spawned["ended"]>>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...texts }));
  });
  const has = (text: string | RegExp) =>
    [texts.out, texts.err].some((all) => (typeof text === "string" ? all.includes(text) : text.test(all)));
  return {
    child,
    out: () => texts.out,
    err: () => texts.err,
    ended,
    printed: (text) =>
      new Promise((resolve, reject) => {
        function look(): void {
          if (!has(text)) return;
          watchers.delete(look);
          resolve();
        }
        watchers.add(look);
        ended.then(() => reject(new Error(`it ended without saying ${text}: ${texts.out}${texts.err}`)), reject);
        look();
      }),
  };
}

/** Runs `tidings` as a process of its own to its end. */
export function tidings(argv: readonly string[], environment: Record<string, string>, cwd?: string): Spawned["ended"] {
  return spawnTidings(argv, environment, cwd).ended;
}
