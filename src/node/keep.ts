import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { link, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../errors.ts";
import { readHead } from "../provider/head.ts";
import type { KeptMail, MailKeep } from "../provider/outbox.ts";

// Fixed widths, so that names sort by time. Nothing else is ever opened by a name from outside (SEC-08).
const fileName = /^(\d{15})-[0-9a-f]{32}-\d{4}\.eml$/;
const headBytes = 16_384;

/** What a key stands for, written before the first mail becomes visible. */
interface Claim {
  readonly time: number;
  readonly digest: string;
}

/** Mails as files in a folder of their own, readable by this user alone. Several processes may share it. */
export function createFileKeep(folder: string, clock: () => number): MailKeep {
  return {
    put: async (key, mails) => {
      const set: MailSet = { folder, key, hash: hashOf(key), mails };
      const claim = await explain(folder, "unavailable", () => claimOf(folder, set.hash));
      return claim === null ? putFirst(set, clock()) : complete(set, claim);
    },
    list: (page) => explain(folder, "unavailable", () => listNewest(folder, page)),
    read: (id) => explain(folder, "unavailable", () => openMail(folder, id, readWhole)),
    purge: (before) => explain(folder, "unavailable", () => purgeOlder(folder, before)),
  };
}

interface MailSet {
  readonly folder: string;
  readonly key: string;
  readonly hash: string;
  readonly mails: readonly Uint8Array[];
}

// Everything is on the disk before the key is claimed by one atomic link; until then a fault leaves nothing behind,
// and after it, what is missing is completed by the same call again.
async function putFirst(set: MailSet, time: number): Promise<string[]> {
  return withDrafts(set, "unavailable", async (drafts) => {
    const wish = { time, digest: digestOf(set.mails) };
    return publish(set, await explain(set.folder, "unavailable", () => makeClaim(set, drafts, wish)), drafts);
  });
}

async function complete(set: MailSet, claim: Claim): Promise<string[]> {
  const ids = idsFor(set, claim);
  const present = await explain(set.folder, "internal", () => namesIn(set.folder));
  const known = new Set(present.filter((name) => name.includes(set.hash)));
  if (ids.every((id) => known.has(id))) {
    return ids;
  }
  return withDrafts(set, "internal", (drafts) => publish(set, claim, drafts));
}

async function publish(set: MailSet, claim: Claim, drafts: string): Promise<string[]> {
  const ids = idsFor(set, claim);
  await explain(set.folder, "internal", async () => {
    // The claim must outlive a power cut that the mails outlive, or a retry would keep them twice.
    await syncFolder(join(set.folder, ".keys"));
    await Promise.all(ids.map((id, index) => rename(join(drafts, String(index)), join(set.folder, id))));
    await syncFolder(set.folder);
  });
  return ids;
}

/** Writes the mails into a folder of their own that no other process uses, and removes it afterwards. */
async function withDrafts<T>(set: MailSet, code: Failing, use: (drafts: string) => Promise<T>): Promise<T> {
  let drafts = "";
  try {
    await explain(set.folder, code, async () => {
      for (const part of ["", ".drafts", ".keys"]) {
        await mkdir(join(set.folder, part), { recursive: true, mode: 0o700 });
      }
      drafts = await mkdtemp(join(set.folder, ".drafts", "set-"));
      const writing = set.mails.map((mail, index) => writeDraft(join(drafts, String(index)), mail));
      const failed = (await Promise.allSettled(writing)).find((result) => result.status === "rejected");
      if (failed !== undefined) {
        throw failed.reason;
      }
    });
    return await use(drafts);
  } finally {
    // Drafts that cannot be removed harm nobody: no list shows them, and purge sweeps them later.
    if (drafts !== "") {
      await rm(drafts, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

function writeDraft(path: string, bytes: Uint8Array | string): Promise<void> {
  return writeFile(path, bytes, { mode: 0o600, flush: true });
}

async function makeClaim({ folder, hash }: MailSet, drafts: string, wish: Claim): Promise<Claim> {
  const draft = join(drafts, "key");
  await writeDraft(draft, JSON.stringify(wish));
  try {
    await link(draft, join(folder, ".keys", hash));
    return wish;
  } catch (error) {
    // Another process was faster with the same key: its time names the files of both.
    const other = codeOf(error) === "EEXIST" ? await claimOf(folder, hash) : null;
    if (other === null) {
      throw error;
    }
    return other;
  }
}

async function claimOf(folder: string, hash: string): Promise<Claim | null> {
  try {
    return JSON.parse(await readFile(join(folder, ".keys", hash), "utf8")) as Claim;
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return null;
    }
    throw error;
  }
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 32);
}

function digestOf(mails: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const mail of mails) {
    hash.update(`${mail.length}\n`).update(mail);
  }
  return hash.digest("hex");
}

/** The names of a set; throws `conflict` when its key was claimed for other mails. */
function idsFor({ key, hash, mails }: MailSet, claim: Claim): string[] {
  if (claim.digest !== digestOf(mails)) {
    throw new AppError("conflict", `The outbox knows the key ${key} with other mails.`);
  }
  const start = `${String(claim.time).padStart(15, "0")}-${hash}`;
  return mails.map((_, index) => `${start}-${String(index).padStart(4, "0")}.eml`);
}

// Without it a power cut may undo renames that were already reported as done.
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return [];
    }
    throw error;
  }
}

async function listNewest(folder: string, page: { before?: string; limit: number }): Promise<KeptMail[]> {
  const { before } = page;
  const names = (await namesIn(folder)).filter(
    (name) => fileName.test(name) && (before === undefined || name < before),
  );
  const newest = names.sort().reverse().slice(0, page.limit);
  const found = await Promise.all(newest.map((id) => openMail(folder, id, readSummary)));
  return found.filter((mail) => mail !== null);
}

type Handle = Awaited<ReturnType<typeof open>>;

async function readSummary(file: Handle, id: string): Promise<KeptMail> {
  const { bytesRead, buffer } = await file.read(new Uint8Array(headBytes), 0, headBytes, 0);
  const { size } = await file.stat();
  return { id, at: Number(id.slice(0, 15)), ...readHead(buffer.subarray(0, bytesRead)), size };
}

async function readWhole(file: Handle): Promise<Uint8Array> {
  return new Uint8Array(await file.readFile());
}

/** Null when there is no such mail: never kept, purged meanwhile, or a link to somewhere else. */
async function openMail<T>(
  folder: string,
  id: string,
  use: (file: Handle, id: string) => Promise<T>,
): Promise<T | null> {
  if (!fileName.test(id)) {
    return null;
  }
  let file: Handle | null = null;
  try {
    file = await open(join(folder, id), constants.O_RDONLY | constants.O_NOFOLLOW);
    return await use(file, id);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ELOOP") {
      return null;
    }
    throw error;
  } finally {
    await file?.close();
  }
}

async function purgeOlder(folder: string, before: number): Promise<number> {
  const old = (await namesIn(folder)).filter((name) => Number(fileName.exec(name)?.[1] ?? Infinity) < before);
  for (let at = 0; at < old.length; at += 64) {
    await Promise.all(old.slice(at, at + 64).map((name) => rm(join(folder, name), { force: true })));
  }
  for (const part of [".keys", ".drafts"]) {
    for (const name of await namesIn(join(folder, part))) {
      await removeStale(join(folder, part, name), part === ".keys" ? await claimOf(folder, name) : null, before);
    }
  }
  return old.length;
}

async function removeStale(path: string, claim: Claim | null, before: number): Promise<void> {
  const time = claim?.time ?? (await stat(path).catch(() => null))?.mtimeMs ?? Infinity;
  if (time < before) {
    await rm(path, { recursive: true, force: true });
  }
}

type Failing = "unavailable" | "internal";

/** `unavailable` promises that nothing was kept; `internal` leaves that open. */
async function explain<T>(folder: string, code: Failing, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw describe(folder, code, error);
  }
}

function describe(folder: string, code: Failing, error: unknown): unknown {
  const fault = codeOf(error);
  if (fault === "" || error instanceof AppError) {
    return error;
  }
  if (fault === "ENOSPC" || fault === "EDQUOT") {
    const hint = "Free some space there; mails wait and are tried again.";
    return new AppError(code, `The disk is full that holds the outbox ${folder}.`, { hint }, { cause: error });
  }
  if (["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST"].includes(fault)) {
    const hint = "Let this user read and write it, or set another folder for the outbox.";
    return new AppError(code, `The outbox ${folder} cannot be used (${fault}).`, { hint }, { cause: error });
  }
  return new AppError(code, `The outbox ${folder} failed (${fault}).`, {}, { cause: error });
}

function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : "";
}
