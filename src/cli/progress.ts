import type { Sums } from "../delivery/find.ts";
import { cut } from "./printable.ts";
import { count, span } from "./words.ts";

/** How far a send is, at one moment. */
export interface Reading {
  readonly sums: Sums;
  /** False while recipients are still being written down, so that `planned` grows. */
  readonly isPlanned: boolean;
  /** Ms since the watching began, and how many were settled then. */
  readonly elapsed: number;
  readonly settledBefore: number;
}

/** One line of at most `columns`: bar, sums, rate and remaining time as far as they are known. */
export function progressLine(reading: Reading, columns: number): string {
  const { sums } = reading;
  if (!reading.isPlanned) {
    const left = sums.accepted === 0 ? "" : `, ${count(sums.accepted)} accepted`;
    return cut(`Writing down recipients: ${count(sums.planned)} so far${left}`, columns);
  }
  const words = progressWords(reading);
  const room = Math.min(columns - words.length - 3, 30);
  if (room < 8) return cut(words, columns - 1);
  const share = sums.planned === 0 ? 1 : settled(sums) / sums.planned;
  const full = Math.floor(share * room);
  return `${"█".repeat(full)}${"░".repeat(room - full)}  ${words}`;
}

/** The same in words, for logs. */
export function progressWords({ sums, elapsed, settledBefore }: Reading): string {
  const parts = [`${count(sums.accepted)} of ${count(sums.planned)} accepted`];
  if (sums.failed > 0) parts.push(`${count(sums.failed)} failed`);
  if (sums.inDoubt > 0) parts.push(`${count(sums.inDoubt)} in doubt`);
  if (sums.skipped > 0) parts.push(`${count(sums.skipped)} skipped`);
  const rate = elapsed < 500 ? 0 : (settled(sums) - settledBefore) / (elapsed / 1_000);
  if (rate > 0) {
    parts.push(`${count(Math.max(Math.round(rate), 1))}/s`);
    if (sums.open > 0) parts.push(`${span((sums.open / rate) * 1_000)} left`);
  }
  return parts.join(" · ");
}

/** How many have come to an end, good or bad. */
export function settled(sums: Sums): number {
  return sums.planned - sums.open;
}

/** Whole tenths that are done; a log gets a line each time this rises. */
export function tenths(sums: Sums): number {
  return sums.planned === 0 ? 0 : Math.floor((settled(sums) / sums.planned) * 10);
}
