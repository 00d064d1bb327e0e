import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** One thing done in two ways: by Tidings, and by the least code that has the same effect. Rates are per second. */
export interface Pair {
  readonly what: string;
  readonly own: number;
  readonly bare: number;
  /** How long the shorter of both sides was measured, in seconds. */
  readonly measured: number;
}

/** Runs shorter than this, in seconds, say nothing about which side is faster. */
const shortest = 0.5;

/** Two sides that are equal differ by so much from run to run. */
const noise = 0.05;

/**
 * Numbers given as `--name N` in place of the defaults, above 0 unless named in `mayBeZero`. Ends the process with code 2
 * where one is unknown or no number.
 */
export function readFlags<const F extends Readonly<Record<string, number>>>(
  defaults: F,
  mayBeZero: readonly (keyof F)[] = [],
): { [K in keyof F]: number } {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: "string" as const }]));
  try {
    const { values } = parseArgs({ options });
    const read = Object.entries(defaults).map(([name, fallback]) => {
      const value = values[name] === undefined ? fallback : Number(values[name]);
      if (!(value > 0 || (value === 0 && mayBeZero.includes(name))))
        throw new Error(`--${name} must be a number above 0.`);
      return [name, value];
    });
    return Object.fromEntries(read);
  } catch (fault) {
    const usage = Object.entries(defaults).map(([name, fallback]) => `--${name} ${fallback}`);
    console.error(`${fault instanceof Error ? fault.message : fault}\nFlags and their defaults: ${usage.join(" ")}`);
    process.exit(2);
  }
}

/** Prints what was measured, at which commit and on what. */
export function printHead(name: string): void {
  const cores = cpus();
  const machine = `${cores.length} × ${cores[0]?.model ?? "unknown processor"}`;
  console.log(`${name}: commit ${commitOf()}, Node ${process.version}, ${machine}`);
}

function commitOf(): string {
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const git = (...args: string[]) => spawnSync("git", args, { cwd, encoding: "utf8" });
  const commit = git("rev-parse", "--short", "HEAD");
  if (commit.status !== 0) return "unknown";
  return `${commit.stdout.trim()}${git("status", "--porcelain").stdout === "" ? "" : " (dirty)"}`;
}

/** Prints rows under a head, the first column to the left and figures to the right. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(`  ${cells.join("   ").trimEnd()}`);
  }
}

/** A number as people read it: 12,345 or 3.21. */
export function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}

/** How many times the time of the bare limit Tidings takes; 1.00 is the limit itself. */
export function ratioOf({ own, bare }: Pick<Pair, "own" | "bare">): string {
  return (bare / own).toFixed(2);
}

/** What is wrong with the measurement: a limit that the product beats is none. Empty when it may be believed. */
export function findFaults(pairs: readonly Pair[]): string[] {
  return pairs
    .filter(({ own, bare, measured }) => measured >= shortest && bare < own * (1 - noise))
    .map(
      ({ what, own, bare }) => `${what}: the bare limit (${figure(bare)}/s) is slower than Tidings (${figure(own)}/s).`,
    );
}

/** Prints the verdict; the process ends with code 1 where the limit was beaten. */
export function conclude(pairs: readonly Pair[]): void {
  if (pairs.some(({ measured }) => measured < shortest)) {
    console.log(`  Measured for less than ${shortest} s: too short for a verdict.`);
  }
  const faults = findFaults(pairs);
  for (const fault of faults) console.error(`  This run proves nothing. ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}
