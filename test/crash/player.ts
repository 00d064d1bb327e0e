import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Order, Orders, Told } from "./orders.ts";

/** A dispatcher process, as the test leads it. */
export interface Player {
  readonly pid: number;
  /** `waits`: for a word of the test · `stopped`: by SIGSTOP · `dead`: by SIGKILL. */
  state(): "busy" | "waits" | "stopped" | "dead";
  /** While it waits: when the next turn is due, in ms UTC; null when nothing is owed. */
  due(): number | null;
  /** Why its last turn was refused; null when it was not. */
  refused(): string | null;
  /** Opens a folder; it waits once it is ready to begin. */
  open(orders: Orders): void;
  /** Takes the turns that are due. */
  go(): void;
  wake(): void;
  /** Closes its folder. */
  close(): void;
  /** Resolves once it is not busy; rejects if it ended of itself. */
  quiet(): Promise<void>;
  /** Ends the process, whatever it is at. */
  end(): Promise<void>;
}

const program = join(import.meta.dirname, "dispatcher.ts");

/** Starts a dispatcher. `cache` is a folder for compiled code, since hundreds of them load the same. */
export function startPlayer(cache: string): Player {
  const child = fork(program, [], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: cache },
  });
  const gone = once(child, "close");
  let state: ReturnType<Player["state"]> = "waits";
  let due: number | null = null;
  let refused: string | null = null;
  let said = "";
  let failed: Error | null = null;
  let changed = Promise.withResolvers<void>();
  function become(next: typeof state): void {
    state = next;
    changed.resolve();
    changed = Promise.withResolvers();
  }
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.stdout?.setEncoding("utf8").on("data", async (text: string) => {
    if (text !== "stopped\n") failed = new Error(`a dispatcher printed ${text}`);
    while (!isStopped(child.pid)) await setImmediate();
    become("stopped");
  });
  child.on("message", (told: Told) => {
    due = "due" in told ? told.due : null;
    refused = "refused" in told ? told.refused : null;
    become("waits");
  });
  child.once("close", (code, signal) => {
    if (signal !== "SIGKILL") failed = new Error(`a dispatcher ended with ${code ?? signal}: ${said}`);
    become("dead");
  });
  function order(given: Order): void {
    state = "busy";
    child.send(given);
  }
  return {
    pid: child.pid ?? 0,
    state: () => state,
    due: () => due,
    refused: () => refused,
    open: (orders) => order({ pay: orders }),
    go: () => order({ go: true }),
    wake: () => {
      state = "busy";
      child.kill("SIGCONT");
    },
    close: () => order({ close: true }),
    quiet: async () => {
      while (state === "busy") await changed.promise;
      if (failed !== null) throw failed;
    },
    end: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Whether it stands still already; where there is no /proc, its own word a moment before must do. */
function isStopped(pid: number | undefined): boolean {
  const file = `/proc/${pid}/stat`;
  if (!existsSync("/proc/self/stat")) return true;
  return !existsSync(file) || / [TX] /.test(readFileSync(file, "utf8").replace(/^.*\)/, ""));
}
