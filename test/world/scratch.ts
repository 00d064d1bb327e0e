import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const memory = "/dev/shm";
const enough = 512 * 1024 * 1024;
const prefix = "tidings-test-";
const hour = 3_600_000;

/**
 * A new folder for one test: in memory where the machine offers that, since waiting for a disk shows nothing here. It goes with
 * the test's file at the latest, whatever became of the test.
 */
export function scratchFolder(name: string): string {
  return folderIn(hasMemory() ? memory : tmpdir(), name);
}

/** The same where other temporary files are. */
export function diskFolder(name: string): string {
  return folderIn(tmpdir(), name);
}

/** Removes all of this process, which runs one file at a time. */
export function removeScratch(): void {
  for (const place of [memory, tmpdir()]) rmSync(rootIn(place, process.pid), { recursive: true, force: true });
}

function rootIn(place: string, id: number): string {
  return join(place, `${prefix}${id}`);
}

function folderIn(place: string, name: string): string {
  const root = rootIn(place, process.pid);
  if (!existsSync(root)) {
    sweep(place);
    mkdirSync(root, { recursive: true });
    if (!process.listeners("exit").some((one) => one.name === removeScratch.name)) process.on("exit", removeScratch);
  }
  return mkdtempSync(join(root, `${name}-`));
}

/** What processes have left behind that were killed. One of another container may be alive without our seeing it. */
function sweep(place: string): void {
  for (const name of readdirSync(place).filter((one) => one.startsWith(prefix))) {
    const path = join(place, name);
    const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - touched > hour && !isAlive(Number(name.slice(prefix.length)))) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function hasMemory(): boolean {
  if (!existsSync(memory)) return false;
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > enough;
}
