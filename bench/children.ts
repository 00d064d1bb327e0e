import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A program of this folder as a process of its own, so that it shares neither memory nor event loop with what is measured. */
export interface Child {
  /** The first line that it printed. */
  readonly line: string;
  /** Resolves when it has ended. */
  stop(): Promise<void>;
}

/** Starts a program and waits for its first line. Throws if it ends without one. */
export async function startChild(file: string, args: readonly string[]): Promise<Child> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const line = await firstLine(child);
  if (line === null) throw new Error(`${file} ended with code ${(await ended)[0]} and said nothing`);
  return {
    line,
    async stop() {
      child.stdin?.end();
      await ended;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string | null> {
  if (child.stdout === null) return null;
  for await (const line of createInterface({ input: child.stdout })) return line;
  return null;
}
