import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { isMoving, type Move } from "./move.ts";

/**
 * Why no mail may leave: a copy was put back from a backup, the file is older than it was, the clock went back, the installation
 * moves or has moved (REL-14), or a person has said so.
 */
export type HoldKind = "backup" | "restored" | "clock" | "moved" | "hand";

/** True where the database is an older state of itself, so that what it knows as owed may have left since. */
export function isOlderState({ kind }: { readonly kind: HoldKind }): boolean {
  return kind === "backup" || kind === "restored";
}

/** What keeps all mails back until a person has looked. */
export interface Hold {
  readonly kind: HoldKind;
  /** A sentence for people. */
  readonly reason: string;
  /** Ms UTC. */
  readonly at: number;
  /** Notices up to this id are older than the hold; later ones were owed by this very database. */
  readonly notices: number;
  /** Of kind moved alone. */
  readonly move?: Move | undefined;
}

/** Reads the column; null where mails may leave. */
export function readHold(held: string | null): Hold | null {
  if (held === null) return null;
  // What else a move notes there is its own business.
  const { kind, reason, at, notices, move } = JSON.parse(held) as Hold;
  return { kind, reason, at, notices, ...(move === undefined ? {} : { move }) };
}

/** SQL, of the column: true for an end of a move that takes no writes. No other reason may cover that. */
const isLocked = sql`coalesce(case held ->> '$.move.role'
  when 'source' then held ->> '$.move.phase' <> 'copying' else held ->> '$.move.phase' <> 'done' end, false)`;

/** Statement: from this commit on nothing is sent, started or planned. The first reason stays, unless `anew`. */
export function setHold(
  hold: { readonly kind: HoldKind; readonly reason: string; readonly at: number },
  how: { readonly anew?: boolean } = {},
): RawBuilder<{ id: number }> {
  const { kind, reason, at } = hold;
  return sql<{ id: number }>`
    update instance set held = json_object('kind', ${kind}, 'reason', ${reason}, 'at', cast(${at} as integer),
      'notices', (select coalesce(max(id), 0) from notices))
    where held is null or (${how.anew === true ? 1 : 0} and not ${isLocked}) returning id`;
}

/** Statement: mails may leave again, if the hold is still the one that a person has looked at. A clock is taken at its word. */
export function clearHold(held: string, now: number): RawBuilder<{ id: number }> {
  return sql<{ id: number }>`update instance set held = null, seen_at = ${now} where held = ${held} returning id`;
}

/** SQL: true while mails are held. */
export const isHeld = sql<boolean>`exists (select 1 from instance where id = 1 and held is not null)`;

/** Holds all mails until `tidings instance release`; false where they were held already. */
export async function holdMail(ctx: AppContext, hold: { kind: HoldKind; reason: string }): Promise<boolean> {
  const [set] = await ctx.store.commit(setHold({ ...hold, at: ctx.clock() }));
  if (set.rows.length === 0) return false;
  ctx.log.error("mails are held", { ...hold, release: "tidings instance release" });
  return true;
}

/** Throws `preflight` with the reason and the command that ends it, while mails are held. */
export function requireReleased({ held }: { readonly held: Hold | null }): void {
  if (held === null) return;
  throw new AppError("preflight", `No mail may leave now: ${held.reason}`, { hint: remedyForHold(held) });
}

/** The command that ends a hold, as a sentence. */
export function remedyForHold(hold: Hold): string {
  if (isMoving(hold)) return "A move is ended, or given up, with: tidings move";
  return "Look at what waits, and let it go, with: tidings instance release";
}

const minute = 60_000;

/** A clock that is put back further than this is no correction (REL-14). */
export const clockGrace = 10 * minute;

/** Notes that time goes on; a clock that was put back far holds all mails. */
export async function noteSeen(ctx: AppContext): Promise<void> {
  const now = ctx.clock();
  await ctx.store.commit(sql`update instance set seen_at = ${now} where seen_at < ${now}`);
  const { seenAt } = await readSeen(ctx);
  await checkClock(ctx, seenAt);
}

/** Whose database this is, and the latest time that was noted in it (ms UTC): durable before it is read. */
export async function readSeen(ctx: AppContext): Promise<{ uid: string; seenAt: number }> {
  const row = await ctx.store.db.selectFrom("instance").select(["uid", "seen_at"]).executeTakeFirstOrThrow();
  return { uid: row.uid, seenAt: row.seen_at };
}

/** Holds all mails where the clock is far behind what was noted: what is overdue by it may have left long ago. */
export async function checkClock(ctx: AppContext, seenAt: number): Promise<void> {
  const now = ctx.clock();
  if (seenAt - now <= clockGrace) return;
  const reason = `the clock of this machine says ${utc(now)}, but this database was in use at ${utc(seenAt)} already.`;
  await holdMail(ctx, { kind: "clock", reason });
}

/** A moment as a reason names it. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
