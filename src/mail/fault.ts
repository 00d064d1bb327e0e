/** One finding about a source file or a rendered mail. Line and column count from 1; 0 means the whole of it. */
export interface Fault {
  readonly level: "error" | "warning";
  readonly rule: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
}

/** A fault that forbids sending. */
export function isError(fault: Fault): boolean {
  return fault.level === "error";
}

/** The same faults by line, then column, then rule, so that equal sources give equal reports. */
export function sortFaults(faults: readonly Fault[]): Fault[] {
  return [...faults].sort((a, b) => a.line - b.line || a.column - b.column || (a.rule < b.rule ? -1 : 1));
}
