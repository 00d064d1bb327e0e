import { existsSync, mkdtempSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const memory = "/dev/shm";
const enough = 512 * 1024 * 1024;

/** A new folder for one test: in memory where the machine offers that, since waiting for a disk shows nothing here. */
export function scratchFolder(name: string): string {
  return mkdtempSync(join(hasMemory() ? memory : tmpdir(), `tidings-${name}-`));
}

function hasMemory(): boolean {
  if (!existsSync(memory)) return false;
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > enough;
}
