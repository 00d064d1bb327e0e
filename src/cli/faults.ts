import { AppError } from "../errors.ts";
import type { Fault } from "../mail/fault.ts";
import { oneLine } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** A fault as the API tells it. */
export type ToldFault = Omit<Fault, "hint"> & { readonly hint?: string | undefined };

/** Faults as compilers print them: file:line:column level rule message, and the hint below. */
export function faultLines(
  file: string,
  faults: readonly ToldFault[],
  paint: (style: "red" | "yellow", text: string) => string,
): string[] {
  return faults.flatMap(({ level, rule, line, column, message, hint }) => [
    `${oneLine(file)}:${line}:${column} ${paint(level === "error" ? "red" : "yellow", level)} ${rule} ${oneLine(message)}`,
    ...(hint === undefined ? [] : [`    ${oneLine(hint)}`]),
  ]);
}

/** Shows the faults that stopped a file on standard error, and lets the refusal go on its way. */
export async function showingFaults<T>(
  cli: { terminal: Terminal; note(text: string): void },
  file: string,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (refusal) {
    const faults = refusal instanceof AppError && refusal.code === "preflight" ? (refusal.details.faults ?? []) : [];
    const paint = (style: "red" | "yellow", text: string) => cli.terminal.paint("err", style, text);
    for (const line of faultLines(file, faults.filter(isFault), paint)) cli.note(line);
    throw refusal;
  }
}

/** A refusal's faults come from the API, and are not always those of a file. */
function isFault(value: unknown): value is ToldFault {
  return typeof value === "object" && value !== null && "line" in value && "rule" in value;
}
