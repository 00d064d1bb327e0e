import { readFileSync, rmSync, writeFileSync } from "node:fs";

interface Note {
  readonly pid: number;
  /** When that process began, as the system counts it: a later process may get the same id, in a container surely. */
  readonly began: string | null;
  readonly url: string;
}

/** Notes beside the database that a server of this machine pays its mails; the returned function takes the note back. */
export function markRunning(database: string, url: string): () => void {
  const path = notePath(database);
  const note: Note = { pid: process.pid, began: beginningOf(process.pid), url };
  writeFileSync(path, JSON.stringify(note), { mode: 0o600 });
  return () => {
    // A second server may have put its own note there.
    const now = readNote(path);
    if (now?.pid === note.pid && now.began === note.began) rmSync(path, { force: true });
  };
}

/** The address of the server that runs on this database, or null; a note left behind by a killed one does not count. */
export function findRunning(database: string): string | null {
  const note = readNote(notePath(database));
  if (note === null || !isAlive(note.pid)) return null;
  return beginningOf(note.pid) === note.began ? note.url : null;
}

function readNote(path: string): Note | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Note;
  } catch {
    // No note, or half of one: either way nobody is known to run.
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    // Another user's process is alive, though not ours to signal.
    return fault instanceof Error && "code" in fault && fault.code === "EPERM";
  }
}

/** Field 22 of /proc/PID/stat, counted from behind the name, which may hold anything; null on systems without it. */
function beginningOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    // macOS and Windows have no /proc; the id alone must do there.
    return null;
  }
}

function notePath(database: string): string {
  return `${database}.server`;
}
