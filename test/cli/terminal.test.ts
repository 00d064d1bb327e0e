// biome-ignore-all lint/suspicious/noControlCharactersInRegex: a terminal is steered by them.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { addReaders, issueFile, openStage } from "./stage.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");
const hasScript = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;

/** Runs `tidings` on a real terminal, made by util-linux's `script`, and types when it asks. */
function onTerminal(argv: readonly string[], settings: Record<string, string>, typed: string): Promise<Shown> {
  const command = [process.execPath, main, ...argv].map((word) => `'${word}'`).join(" ");
  const { PATH = "", HOME = "", NODE_COMPILE_CACHE = "" } = process.env;
  const child = spawn("script", ["--quiet", "--return", "--command", `stty cols 80; ${command}`, "/dev/null"], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, TERM: "xterm-256color", ...settings },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const asked = text.includes(": \x1b[");
    text += chunk;
    if (!asked && text.includes(": \x1b[")) child.stdin.write(typed);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text }));
  });
}

interface Shown {
  readonly code: number | null;
  readonly text: string;
}

async function newsroom() {
  const stage = await openStage();
  await stage.world.newsletter("morning");
  await addReaders(stage.world, "morning", 3);
  return {
    stage,
    file: stage.file("one.md", issueFile("one")),
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

describe.skipIf(!hasScript)("on a real terminal", () => {
  test("the number is asked for, and a bar is drawn until the sums", async () => {
    await using room = await newsroom();
    const { code, text } = await onTerminal(["issue", "send", room.file], room.stage.environment, "3\r");
    expect(code).toBe(0);
    expect(text).toContain("Type the number of recipients (3) to send: ");
    expect(text).toMatch(/\r\x1b\[2K█+ {2}3 of 3 accepted/);
    expect(text).toMatch(/\r\x1b\[2KSent morning\/one to 3 of 3 readers\./);
  });

  test("Ctrl-C at the question sends nothing and ends with exit code 130", async () => {
    await using room = await newsroom();
    const { code, text } = await onTerminal(["issue", "send", room.file], room.stage.environment, "\x03");
    expect(code).toBe(130);
    expect(text).toContain("Nothing was done.");
    expect((await room.stage.world.mails()).filter((mail) => mail.subject === "News of one")).toEqual([]);
  });

  test("the end of input at the question sends nothing", async () => {
    await using room = await newsroom();
    const { code } = await onTerminal(["issue", "send", room.file], room.stage.environment, "\x04");
    expect(code).toBe(2);
  });

  test("faults are in colour, unless NO_COLOR is set or the terminal is dumb", async () => {
    await using room = await newsroom();
    const { environment } = room.stage;
    const file = room.stage.file("bad.md", issueFile("bad", { newsletter: "evening" }));
    const red = `${file}:2:1 \x1b[31merror\x1b[0m unknown-newsletter`;
    expect((await onTerminal(["issue", "lint", file], environment, "")).text).toContain(red);
    for (const quiet of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
      const { code, text } = await onTerminal(["issue", "lint", file], { ...environment, ...quiet }, "");
      expect([code, text.includes("\x1b")]).toEqual([3, false]);
    }
  });

  test("a table ends where the terminal ends", async () => {
    await using room = await newsroom();
    await room.stage.world.newsletter("weekend", { frequency: "Every Saturday ".repeat(8).trim() });
    const { text } = await onTerminal(["newsletter", "list"], room.stage.environment, "");
    const lines = text.split("\r\n");
    expect(lines.some((line) => line.length === 80 && line.endsWith("…"))).toBe(true);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});
