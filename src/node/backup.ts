import { chmodSync, copyFileSync, existsSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import { setHold, utc } from "../instance/hold.ts";
import { openStore } from "../store/open.ts";
import { explain, openFile, sqliteEngine } from "./engine.ts";

/** What a backup left on disk: two files that belong together. */
export interface Backup {
  readonly file: string;
  readonly keys: string;
  readonly bytes: number;
  readonly pages: number;
}

/**
 * Copies the database while it is in use, and the key ring beside it as FILE.keys; both are checked before they get their
 * names, so that an interrupted backup leaves none. Throws `conflict` rather than overwrite, `misconfigured`, `unavailable`.
 */
export async function backup(config: Config, file: string): Promise<Backup> {
  const keys = `${file}.keys`;
  for (const path of [file, keys]) {
    if (existsSync(path)) throw new AppError("conflict", `${path} exists already.`, { hint: "Name another file." });
  }
  if (!existsSync(config.database)) {
    throw new AppError("misconfigured", `There is no database at ${config.database}.`, { field: "TIDINGS_DATABASE" });
  }
  if (!existsSync(dirname(file))) throw unwritable(file);
  const parts = [`${file}.part`, `${keys}.part`] as const;
  try {
    const pages = await copyDatabase(config.database, parts[0]);
    copyFileSync(config.keys, parts[1]);
    chmodSync(parts[1], 0o600);
    renameSync(parts[1], keys);
    renameSync(parts[0], file);
    return { file, keys, bytes: statSync(file).size, pages };
  } catch (fault) {
    for (const part of parts) rmSync(part, { force: true });
    throw explainCopy(fault, file);
  }
}

async function copyDatabase(from: string, to: string): Promise<number> {
  const source = openFile(from);
  try {
    // For its owner alone from the first byte on.
    writeFileSync(to, "", { mode: 0o600 });
    const { totalPages } = await source.backup(to);
    await verify(to);
    return totalPages;
  } finally {
    source.close();
  }
}

async function verify(file: string): Promise<void> {
  const copy = new Database(file);
  try {
    // One file that needs no companions; the copy was in WAL mode like its source.
    copy.pragma("journal_mode = DELETE");
    const faults = copy.pragma("integrity_check", { simple: true });
    const broken = copy.pragma("foreign_key_check") as unknown[];
    if (faults !== "ok" || broken.length > 0) {
      throw new AppError("unavailable", `The copy is damaged: ${faults === "ok" ? "broken references" : faults}.`, {
        hint: "Check the disk, then try again; the database itself was only read.",
      });
    }
    leap(copy);
    await holdCopy(copy, { kind: "backup", at: Date.now() });
  } finally {
    copy.close();
  }
}

/**
 * Lets a restored copy count on from far ahead: between the backup and its restore the original gives out ids, and links in
 * mails and idempotency keys are made of them (DOI-03, REL-05). An id must never come to mean somebody else.
 */
export function leap(copy: Database.Database): void {
  const counted = ["newsletters", "subscribers", "issues", "batches", "notices"];
  const raise = copy.prepare("update sqlite_sequence set seq = seq + 1000000 where name = ?");
  const start = copy.prepare("insert into sqlite_sequence (name, seq) values (?, 1000000)");
  for (const table of counted) if (raise.run(table).changes === 0) start.run(table);
}

/** A restored copy owes what the original has paid since: nothing leaves it before a person has looked (REL-14). */
export async function holdCopy(
  copy: Database.Database,
  of: { kind: "backup" | "restored"; at: number },
): Promise<void> {
  const { kind, at } = of;
  const what = kind === "backup" ? "the backup" : "a copy";
  const reason = `this database was put back from ${what} of ${utc(at)}.`;
  await openStore(sqliteEngine(copy)).commit(setHold({ kind, reason, at }, { anew: true }));
}

function explainCopy(fault: unknown, file: string): unknown {
  const code = fault instanceof Error && "code" in fault ? String(fault.code) : "";
  if (code === "ENOSPC") {
    return new AppError("unavailable", "The disk is full: no backup was made.", {
      hint: "Free some space, or name another disk.",
    });
  }
  if (code === "ENOENT" || code === "EACCES" || code === "SQLITE_CANTOPEN") {
    return unwritable(file);
  }
  return explain(fault);
}

function unwritable(file: string): AppError {
  return new AppError("invalid", `A backup cannot be written at ${file}.`, {
    field: "FILE",
    hint: "Name a file in a folder that exists and that you may write to.",
  });
}
