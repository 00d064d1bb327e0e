import { readFileSync, writeFileSync } from "node:fs";

/** Notes beside the database that a server of this machine pays its mails; returns the note's path. */
export function markRunning(database: string, url: string): string {
  const path = notePath(database);
  writeFileSync(path, JSON.stringify({ pid: process.pid, url }), { mode: 0o600 });
  return path;
}

/** The address of the server that runs on this database, or null; a note left behind by a killed one does not count. */
export function findRunning(database: string): string | null {
  try {
    const { pid, url } = JSON.parse(readFileSync(notePath(database), "utf8")) as { pid: number; url: string };
    process.kill(pid, 0);
    return url;
  } catch {
    // No note, or no such process: either way nothing runs.
    return null;
  }
}

function notePath(database: string): string {
  return `${database}.server`;
}
