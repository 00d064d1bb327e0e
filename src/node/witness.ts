import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { AppContext } from "../context.ts";
import { checkClock, clockGrace, holdMail, readSeen, utc } from "../instance/hold.ts";

/** What is noted beside the database about the latest time that was surely written into it. */
interface Witness {
  readonly uid: string;
  /** Ms UTC. */
  readonly seenAt: number;
}

/** A database this much behind its witness was put back (REL-14). Far more than the minute between two notes. */
const grace = 5 * 60_000;

function pathOf(database: string): string {
  return `${database}.seen`;
}

/**
 * Notes beside the database how far it has come. Only what is durable in it already: a witness that is ahead of its database is
 * what a restored one looks like. A note that cannot be written is logged, and harmless.
 */
export async function bearWitness(ctx: AppContext): Promise<void> {
  const path = pathOf(ctx.config.database);
  const fresh = `${path}.${process.pid}`;
  const witness: Witness = await readSeen(ctx);
  try {
    // Renamed, so that a crash leaves the earlier note or this one.
    writeFileSync(fresh, JSON.stringify(witness), { mode: 0o600, flush: true });
    renameSync(fresh, path);
  } catch (fault) {
    ctx.log.error("witness not written", { path, fault: String(fault) });
  }
}

/**
 * Holds all mails where the file was put back since it was last served: its witness remembers a later time than it does, or the
 * clock is behind what was noted. To be asked before anything is paid.
 */
export async function hearWitness(ctx: AppContext): Promise<void> {
  // Read before the database: a server that runs beside this one may note a later time in both at any moment.
  const witness = readWitness(ctx.config.database);
  const { uid, seenAt } = await readSeen(ctx);
  await checkClock(ctx, seenAt);
  // A note from a clock that has been corrected since says nothing about the file.
  if (witness === null || witness.uid !== uid || witness.seenAt - ctx.clock() > clockGrace) return;
  if (witness.seenAt - seenAt <= grace) return;
  const last = seenAt === 0 ? "before a server first ran" : `at ${utc(seenAt)}`;
  await holdMail(ctx, {
    kind: "restored",
    reason: `this database was last in use ${last}, but a server worked on it until ${utc(witness.seenAt)}: an older copy was put back.`,
  });
}

function readWitness(database: string): Witness | null {
  try {
    const { uid, seenAt } = JSON.parse(readFileSync(pathOf(database), "utf8")) as Partial<Witness>;
    return typeof uid === "string" && typeof seenAt === "number" ? { uid, seenAt } : null;
  } catch {
    // None yet, or one that was damaged: without a witness nothing is held.
    return null;
  }
}
