import { AppError } from "../errors.ts";
import type { Fault } from "../mail/fault.ts";
import type { Cli } from "./command.ts";
import { oneLine } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** A fault as the API tells it. */
export type ToldFault = Omit<Fault, "hint"> & { readonly hint?: string | undefined };

/** Faults as compilers print them: file:line:column level rule message, and the hint below. */
export function faultLines(file: string, faults: readonly ToldFault[]): string[] {
  return faults.flatMap(({ level, rule, line, column, message, hint }) => [
    `${place(file, line, column)} ${level} ${rule} ${oneLine(message)}`,
    ...(hint === undefined ? [] : [`    ${oneLine(hint)}`]),
  ]);
}

/** A fault of the whole file, or of the finished mail, has no line. */
function place(file: string, line: number, column: number): string {
  return line === 0 ? `${oneLine(file)}:` : `${oneLine(file)}:${line}:${column}`;
}

/** Paints the level in a line of a fault. */
export function paintFault(terminal: Terminal, stream: "out" | "err"): (line: string) => string {
  return (line) =>
    line.replace(/^(\S.*?:(?:\d+:\d+)? )(error|warning)(?= )/, (_, where: string, level: string) => {
      return where + terminal.paint(stream, level === "error" ? "red" : "yellow", level);
    });
}

/** Shows faults on standard error, to people. */
export function noteFaults(cli: Cli, file: string, faults: readonly ToldFault[]): void {
  if (cli.json) return;
  const paint = paintFault(cli.terminal, "err");
  for (const line of faultLines(file, faults)) cli.terminal.err(paint(line));
}

/** Shows the faults that stopped a file on standard error, and lets the refusal go on its way. */
export async function showingFaults<T>(cli: Cli, file: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (refusal) {
    const faults = refusal instanceof AppError && refusal.code === "preflight" ? (refusal.details.faults ?? []) : [];
    noteFaults(cli, file, faults.filter(isFault));
    throw refusal;
  }
}

/** A refusal's faults come from the API, and are not always those of a file. */
function isFault(value: unknown): value is ToldFault {
  return typeof value === "object" && value !== null && "line" in value && "rule" in value;
}
