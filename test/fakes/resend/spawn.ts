import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { diskFolder } from "../../world/scratch.ts";
import { controlFake, type FakeOptions, type FakeResend } from "./control.ts";

/** Starts the fake as a process of its own and waits until it listens. Not in workerd, which starts none. */
export async function spawnFakeResend(options: FakeOptions = {}): Promise<FakeResend> {
  const folder = options.ledger === undefined ? diskFolder("fake-resend") : null;
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
    if (folder !== null && signal === "SIGTERM") rmSync(folder, { recursive: true, force: true });
  }
  return controlFake(url, ledgerFile, end);
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
