import type { Sums } from "../delivery/find.ts";
import { cut } from "./printable.ts";
import { clockTime, count, span } from "./words.ts";

/** How far a send is, at one moment. */
export interface Reading {
  readonly sums: Sums;
  /** False while recipients are still being written down, so that `planned` grows. */
  readonly isPlanned: boolean;
  /** Mails that come to an end in a second; null: not known. */
  readonly rate: number | null;
  /** Nothing moves, and nothing will before, ms UTC; null: that is not so. */
  readonly waitsUntil: number | null;
}

const window = 5_000;
const shortest = 500;

/**
 * Measures how fast mails come to an end, in mails per second; null where it cannot know. The last 5 s before the latest change
 * count, so that the rate does not decay between two batches; a wait counts for nothing.
 */
export function rateMeter(
  at: number,
  settledThen: number,
): (now: number, settled: number, waits: boolean) => number | null {
  let marks = [{ at, settled: settledThen }];
  return (now, settled, waits) => {
    const last = marks.at(-1);
    if (waits || last === undefined) marks = [{ at: now, settled }];
    else if (settled !== last.settled) marks.push({ at: now, settled });
    const end = marks.at(-1);
    const start = marks.findLast((mark) => end !== undefined && end.at - mark.at >= window) ?? marks[0];
    if (start === undefined || end === undefined || end.at - start.at < shortest) return null;
    marks = marks.slice(marks.indexOf(start));
    return ((end.settled - start.settled) * 1_000) / (end.at - start.at);
  };
}

/** One line of at most `columns`: bar, sums, rate and remaining time as far as they are known. */
export function progressLine(reading: Reading, columns: number): string {
  const { sums } = reading;
  if (!reading.isPlanned) {
    const left = sums.accepted === 0 ? "" : `, ${count(sums.accepted)} accepted`;
    return cut(`Writing down recipients: ${count(sums.planned)} so far${left}`, columns);
  }
  const words = progressWords(reading);
  return withBar(words, sums.planned === 0 ? 1 : settled(sums) / sums.planned, columns);
}

/** How far a table has been copied or compared, in one line of at most `columns`. */
export function moveLine(table: string, rows: number, total: number, columns: number): string {
  return withBar(`${table}: ${count(rows)} of ${count(total)} rows`, total === 0 ? 1 : rows / total, columns);
}

function withBar(words: string, share: number, columns: number): string {
  const room = Math.min(columns - words.length - 3, 30);
  if (room < 8) return cut(words, columns - 1);
  const full = Math.floor(share * room);
  return `${"█".repeat(full)}${"░".repeat(room - full)}  ${words}`;
}

/** The same in words, for logs. */
export function progressWords({ sums, rate, waitsUntil }: Reading): string {
  const parts = [`${count(sums.accepted)} of ${count(sums.planned)} accepted`];
  if (sums.failed > 0) parts.push(`${count(sums.failed)} failed`);
  if (sums.inDoubt > 0) parts.push(`${count(sums.inDoubt)} in doubt`);
  if (sums.skipped > 0) parts.push(`${count(sums.skipped)} skipped`);
  if (waitsUntil !== null) parts.push(`waits until ${clockTime(waitsUntil)}`);
  else if (rate !== null && rate > 0) {
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
