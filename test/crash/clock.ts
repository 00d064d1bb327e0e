import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";

/** The time of one installation, in a file that all its processes read: it passes when the test says so, and never by itself. */
export interface Clock {
  /** Milliseconds UTC. */
  read(): number;
  set(ms: number): void;
  close(): void;
}

/** Opens the clock in a folder; `start` winds it up first. */
export function openClock(folder: string, start?: number): Clock {
  const file = openSync(join(folder, "clock"), start === undefined ? "r" : "w+");
  const bytes = new Float64Array(1);
  const set = (ms: number): void => {
    bytes[0] = ms;
    writeSync(file, bytes, 0, 8, 0);
  };
  if (start !== undefined) set(start);
  return {
    read: () => {
      readSync(file, bytes, 0, 8, 0);
      return bytes[0] ?? 0;
    },
    set,
    close: () => closeSync(file),
  };
}
