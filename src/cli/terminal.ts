import { createInterface } from "node:readline";

/** Ctrl-C at a place where a command can say what that means. Exit code 130. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Where a command prints, asks and hears signals. */
export interface Terminal {
  /** Writes a line of the result to standard output. */
  out(text: string): void;
  /** Writes a line to standard error, below a drawn line that moves out of its way. */
  err(text: string): void;
  /** Draws a line on standard error over the one drawn before; "" takes it away. For terminals only. */
  draw(line: string): void;
  /** True where a person reads standard error and can be drawn to. */
  readonly canDraw: boolean;
  /** True where a person can be asked. */
  readonly canAsk: boolean;
  /** Columns of standard output; Infinity where it is no terminal. */
  readonly columns: number;
  /** Columns of standard error, for drawing. */
  readonly room: number;
  /** Paints text for standard output or error where that is a terminal in colour. */
  paint(stream: "out" | "err", style: Style, text: string): string;
  /** Asks for a line; throws Interrupted on Ctrl-C, returns "" at the end of input. */
  ask(question: string): Promise<string>;
  /** Calls back on the first SIGINT or SIGTERM; a second one ends the process at once. Returns a way to stop listening. */
  onStop(react: (signal: NodeJS.Signals) => void): () => void;
}

export type Style = "bold" | "red" | "yellow" | "green";

const codes: Record<Style, number> = { bold: 1, red: 31, yellow: 33, green: 32 };

// What a terminal has that does not say.
const usualColumns = 80;

/** The process's own terminal. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const plain = (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  const stream = { out: stdout, err: stderr } as const;
  let drawn = "";
  // A reader that has gone away, as in `… | head`, is no fault of the command's.
  for (const one of [stdout, stderr]) one.on("error", ignoreClosedPipe);
  function draw(line: string): void {
    if (line === drawn) return;
    stderr.write(`\r\x1b[2K${line}`);
    drawn = line;
  }
  return {
    out: (text) => {
      const line = drawn;
      if (line !== "") draw("");
      stdout.write(`${text}\n`);
      if (line !== "") draw(line);
    },
    err: (text) => {
      const line = drawn;
      if (line !== "") draw("");
      stderr.write(`${text}\n`);
      if (line !== "") draw(line);
    },
    draw,
    canDraw: stderr.isTTY === true && env.TERM !== "dumb",
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    get columns() {
      return stdout.isTTY === true ? stdout.columns || usualColumns : Number.POSITIVE_INFINITY;
    },
    get room() {
      return stderr.columns || usualColumns;
    },
    paint: (where, style, text) =>
      plain || stream[where].isTTY !== true ? text : `\x1b[${codes[style]}m${text}\x1b[0m`,
    ask,
    onStop,
  };
}

function ignoreClosedPipe(fault: NodeJS.ErrnoException): void {
  if (fault.code !== "EPIPE") throw fault;
}

function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve, reject) => {
    lines.on("SIGINT", () => {
      reject(new Interrupted("Nothing was done."));
      lines.close();
      process.stderr.write("\n");
    });
    lines.on("close", () => resolve(""));
    lines.question(question, (answer) => {
      resolve(answer.trim());
      lines.close();
    });
  });
}

function onStop(react: (signal: NodeJS.Signals) => void): () => void {
  const signals = ["SIGINT", "SIGTERM"] as const;
  let heard = false;
  function listen(signal: NodeJS.Signals): void {
    if (heard) {
      stop();
      process.kill(process.pid, signal);
      return;
    }
    heard = true;
    react(signal);
  }
  function stop(): void {
    for (const signal of signals) process.off(signal, listen);
  }
  for (const signal of signals) process.on(signal, listen);
  return stop;
}
