import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { dice } from "../delivery/dice.ts";

type Roll = ReturnType<typeof dice>;

/** What the disk held at one passage of dispatch, and what the provider had taken. */
export interface Moment {
  readonly point: string;
  /** Holds tidings.db, its WAL and ledger.jsonl, copied. */
  readonly folder: string;
  readonly wal: Buffer;
}

const walName = "tidings.db-wal";

/** Copies a folder and the provider's ledger as they are now. By another process: this one would lose SQLite's locks by closing a file. */
export function keepMoment(from: string, ledger: string, to: string, point: string): Moment {
  execFileSync("cp", ["-r", from, to]);
  execFileSync("cp", [ledger, join(to, "ledger.jsonl")]);
  return { point, folder: to, wal: readFileSync(join(to, walName)) };
}

/** How the power goes away while the commit behind a moment is being written. */
export const losses = ["nothing written", "a part written", "written in disorder", "the checkpoint torn"] as const;

/**
 * Makes of a moment and the next what a power loss between them may leave. All that was durable at the first is there (REL-12);
 * of the commit behind it, what the loss leaves; the provider has taken what it had at the second.
 */
export function losePower(before: Moment, after: Moment, loss: (typeof losses)[number], roll: Roll, to: string): void {
  cpSync(before.folder, to, { recursive: true });
  cpSync(join(after.folder, "ledger.jsonl"), join(to, "ledger.jsonl"));
  rmSync(join(to, "tidings.db-shm"), { force: true });
  const tail = Buffer.from(after.wal.subarray(before.wal.length));
  if (loss === "a part written") {
    writeFileSync(join(to, walName), Buffer.concat([before.wal, tail.subarray(0, roll(tail.length))]));
  } else if (loss === "written in disorder") {
    // Sectors reach the disk in any order: some are still as they were.
    for (let sector = 0; sector < tail.length; sector += 512)
      if (roll(3) === 0) tail.fill(0, sector, Math.min(sector + 512, tail.length));
    // At least the last one, without which the commit is none.
    tail.fill(0, Math.floor((tail.length - 1) / 512) * 512);
    writeFileSync(join(to, walName), Buffer.concat([before.wal, tail]));
  } else if (loss === "the checkpoint torn") tearCheckpoint(join(to, "tidings.db"), before.wal, roll);
}

/** A checkpoint copies pages from the WAL into the database, and the WAL stays until all are there: any of them may be half there. */
function tearCheckpoint(path: string, wal: Buffer, roll: Roll): void {
  const size = wal.readUInt32BE(8);
  const database = readFileSync(path);
  for (let frame = 32; frame + 24 + size <= wal.length; frame += 24 + size) {
    const at = (wal.readUInt32BE(frame) - 1) * size;
    if (at + size > database.length || roll(2) === 0) continue;
    database.fill(roll(256), at + 512 * roll(size / 512), at + size);
  }
  writeFileSync(path, database);
}
