import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import { readHold, utc } from "../instance/hold.ts";
import { parseKeyRing } from "../mail/key-ring.ts";
import { createSigner } from "../mail/tokens.ts";
import { holdCopy, leap } from "./backup.ts";
import { explain } from "./engine.ts";
import { listMigrations, migrate } from "./migrate.ts";
import { findRunning } from "./running.ts";

/** What was put back, and what it took the place of. */
export interface Restored {
  readonly from: string;
  readonly database: string;
  readonly keys: string;
  /** Files that were there before, under their new names. */
  readonly aside: readonly string[];
  /** Migrations that the copy had not seen. */
  readonly migrated: readonly string[];
}

/**
 * Puts a backup back as the database of these settings, with its key ring, held until a person has looked (REL-14). What was there is
 * moved aside, never deleted; one that is in use, or has readers and no `force`, is refused, and then nothing has changed. Throws
 * `invalid`, `conflict`, `misconfigured`, `unavailable`.
 */
export async function restore(config: Config, given: string, how: { force: boolean; now: number }): Promise<Restored> {
  const from = findBackup(given);
  const ring = `${from}.keys`;
  const { database, keys } = config;
  mkdirSync(dirname(database), { recursive: true });
  mkdirSync(dirname(keys), { recursive: true });
  requireUnused(database);
  const parts = { database: `${database}.restoring`, keys: `${keys}.restoring` };
  try {
    removeWhole(parts.database);
    copyOwn(from, parts.database);
    copyOwn(ring, parts.keys);
    const migrated = await prepare(parts, how.now, statSync(from).mtimeMs);
    requireRoom(database, how.force);
    const stamp = utc(how.now)
      .replace(/[^0-9]/g, "")
      .slice(0, 12);
    const aside = [...(readsSame(keys, parts.keys) ? [] : setAside(keys, stamp)), ...setAside(database, stamp)];
    // The ring first: a database with another one does not start, and says why.
    renameSync(parts.keys, keys);
    renameSync(parts.database, database);
    sync(dirname(database));
    return { from, database, keys, aside, migrated };
  } catch (fault) {
    removeWhole(parts.database);
    rmSync(parts.keys, { force: true });
    throw explain(fault);
  }
}

/** The file itself, or the newest backup in a folder: a file with its key ring beside it. */
function findBackup(given: string): string {
  if (!existsSync(given)) throw new AppError("invalid", `There is no file or folder ${given}.`, { field: "FILE" });
  const isFolder = statSync(given).isDirectory();
  const found = isFolder ? newestIn(given) : given;
  if (found === null) {
    throw new AppError("invalid", `There is no backup in ${given}.`, {
      field: "FILE",
      hint: "A backup is two files: NAME, and its key ring NAME.keys.",
    });
  }
  if (!existsSync(`${found}.keys`)) {
    throw new AppError("invalid", `The key ring of this backup is missing: ${found}.keys.`, {
      field: "FILE",
      hint: "Put it there; without it every link in mails already sent would be dead.",
    });
  }
  return found;
}

function newestIn(folder: string): string | null {
  const names = new Set(readdirSync(folder));
  const backups = [...names].filter((name) => names.has(`${name}.keys`)).map((name) => join(folder, name));
  return backups.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0] ?? null;
}

function copyOwn(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o600);
}

/** Checks the copy, brings it up to this program and holds it. All of it happens before anything takes its place. */
async function prepare(parts: { database: string; keys: string }, now: number, copiedAt: number): Promise<string[]> {
  const copy = openCopy(parts.database);
  try {
    requireSound(copy);
    const migrated = migrate(copy, listMigrations());
    requireKeys(copy, readFileSync(parts.keys, "utf8"));
    const held = readHold(copy.prepare("select held from instance").pluck().get() as string | null);
    // A copy made otherwise than by tidings backup knows neither that it is one, nor how far ids have gone since.
    if (held === null || held.kind === "clock" || held.kind === "hand") {
      leap(copy);
      await holdCopy(copy, { kind: "restored", at: Math.min(copiedAt, now) });
    }
    return migrated;
  } finally {
    copy.close();
    rmSync(`${parts.database}-wal`, { force: true });
    rmSync(`${parts.database}-shm`, { force: true });
    sync(parts.database);
  }
}

function openCopy(path: string): Database.Database {
  const copy = new Database(path);
  try {
    copy.pragma("journal_mode = DELETE");
    copy.pragma("foreign_keys = ON");
    return copy;
  } catch (fault) {
    copy.close();
    throw damaged(fault instanceof Error ? fault.message : String(fault));
  }
}

function requireSound(copy: Database.Database): void {
  const faults = copy.pragma("integrity_check", { simple: true });
  if (faults !== "ok") throw damaged(String(faults));
  if ((copy.pragma("foreign_key_check") as unknown[]).length > 0) throw damaged("broken references");
  const isOurs = copy.prepare("select 1 from sqlite_schema where name = 'd1_migrations'").get() !== undefined;
  if (!isOurs) throw new AppError("invalid", "This file is no backup of Tidings.", { field: "FILE" });
}

function damaged(why: string): AppError {
  return new AppError("invalid", `The backup is damaged: ${why}.`, {
    field: "FILE",
    hint: "Take an older one. Nothing was changed.",
  });
}

function requireKeys(copy: Database.Database, text: string): void {
  const row = copy.prepare("select key_ids from instance").pluck().get() as string | undefined;
  if (row === undefined) throw new AppError("invalid", "This backup holds no instance: there is nothing to put back.");
  const ring = parseKeyRing(text);
  const signer = ring === null ? null : createSigner(ring);
  const fits = (JSON.parse(row) as [number, string][]).every(
    ([id, print]) => signer?.keyIds.includes(id) === true && signer.fingerprint(id) === print,
  );
  if (fits) return;
  throw new AppError("invalid", "The key ring beside this backup does not belong to it, or is damaged.", {
    field: "FILE",
    hint: "Put the right one there as FILE.keys; without it every link in mails already sent would be dead.",
  });
}

function requireUnused(database: string): void {
  const server = findRunning(database);
  if (server !== null) {
    throw new AppError("conflict", `A server works on ${database}: ${server}.`, { hint: "Stop it first." });
  }
  if (!existsSync(database)) return;
  let old: Database.Database | null = null;
  try {
    old = new Database(database, { timeout: 0 });
    // Leaving WAL takes a lock that no other process may share, and leaves one whole file to be moved aside.
    old.pragma("journal_mode = DELETE");
  } catch (fault) {
    const code = fault instanceof Error && "code" in fault ? String(fault.code) : "";
    // A damaged file is what a restore is for: it is moved aside as it is.
    if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") return;
    if (!code.startsWith("SQLITE_BUSY")) throw fault;
    throw new AppError("conflict", `Another program has ${database} open.`, { hint: "End it, then try again." });
  } finally {
    old?.close();
  }
}

/** Throws `conflict` where there is something that people would miss. */
function requireRoom(database: string, force: boolean): void {
  if (force || !existsSync(database) || !isInUse(database)) return;
  throw new AppError("conflict", `${database} holds newsletters or readers; nothing was changed.`, {
    hint: "With --force it is moved aside, and nothing of it is lost.",
  });
}

function isInUse(database: string): boolean {
  const old = new Database(database, { readonly: true });
  try {
    return ["newsletters", "subscribers", "issues"].some(
      (table) => old.prepare(`select 1 from ${table} limit 1`).get() !== undefined,
    );
  } catch {
    // Another program's tables, or a damaged file: whatever it is, it is somebody's.
    return statSync(database).size > 0;
  } finally {
    old.close();
  }
}

/** Gives a file and what lies beside it a second name, so that the new one can take its place in one step. */
function setAside(path: string, stamp: string): string[] {
  if (!existsSync(path)) return [];
  for (let n = 0; ; n += 1) {
    const aside = `${path}.before-restore-${stamp}${n === 0 ? "" : `-${n}`}`;
    if (existsSync(aside)) continue;
    linkSync(path, aside);
    for (const end of ["-wal", "-shm"]) if (existsSync(path + end)) renameSync(path + end, aside + end);
    return [aside];
  }
}

function readsSame(a: string, b: string): boolean {
  return existsSync(a) && readFileSync(a).equals(readFileSync(b));
}

function removeWhole(path: string): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(path + end, { force: true });
}

/** Onto the disk, a file or the names in a folder. */
function sync(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
