import { spawn } from "node:child_process";
import { join } from "node:path";

/** The launcher of the real command line. */
export const tidings = join(import.meta.dirname, "../../bin/tidings.js");

/** What a call of the command line printed. */
export interface Ran {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

type Settings = NodeJS.ProcessEnv;

/** Runs the real command line; `watch` lets its progress bar through to the terminal. */
export function attempt(env: Settings, args: readonly string[], how: { watch?: boolean } = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [tidings, ...args], {
      env,
      stdio: ["ignore", "pipe", how.watch === true ? "inherit" : "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout?.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      errors += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output, errors }));
  });
}

/** Runs it and returns what it printed; throws unless it ended well. */
export async function cli(env: Settings, args: readonly string[], how: { watch?: boolean } = {}): Promise<string> {
  const ran = await attempt(env, args, how);
  if (ran.code !== 0) throw new Error(`tidings ${args.join(" ")} ended with ${ran.code}:\n${ran.errors}${ran.output}`);
  return ran.output;
}

/** The environment of this process without settings of an installation. */
export function bareEnvironment(): Settings {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:TIDINGS_|RESEND_)/.test(name)));
}
