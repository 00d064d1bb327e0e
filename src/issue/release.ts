import { type RawBuilder, sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { waitNoLonger } from "../delivery/clock.ts";
import { countWaitingNotices, dropNotices } from "../delivery/drop.ts";
import { sumDeliveries } from "../delivery/find.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { clearHold, type Hold, isOlderState, readHold, remedyForHold, utc } from "../instance/hold.ts";
import { isMoving } from "../instance/move.ts";
import { countNoLonger } from "../subscription/clock.ts";

/** What becomes of an issue once mails may leave again. */
export type Fate = "goes-on" | "begins-then" | "begins-now" | "pauses";

/** An issue that a hold keeps back. Times in ms UTC. */
export interface HeldIssue {
  readonly newsletter: string;
  readonly slug: string;
  readonly subject: string;
  readonly status: "scheduled" | "sending";
  readonly scheduledAt: number | null;
  /** Mails accepted and still open, as this database knows it. */
  readonly accepted: number;
  readonly open: number;
  readonly fate: Fate;
}

/** What waits behind a hold. */
export interface Held {
  readonly held: Hold | null;
  /** Confirmations, welcomes and tests that wait: those older than the hold, and those owed since. */
  readonly notices: { readonly old: number; readonly fresh: number };
  readonly issues: readonly HeldIssue[];
}

export const releaseSchema = z.strictObject({
  /** Ms UTC: of the hold that was looked at. */
  at: z.int().min(0),
  /** True gives up the notices that are older than the hold: they may have left before it. */
  dropNotices: z.boolean(),
});

interface Row {
  readonly id: number;
  readonly newsletter: string;
  readonly slug: string;
  readonly subject: string;
  readonly status: "scheduled" | "sending";
  readonly scheduledAt: number | null;
}

/** What keeps all mails back, and what would leave once it ends. */
export async function viewHeld(ctx: AppContext): Promise<Held> {
  const hold = readHold(await heldColumn(ctx));
  if (hold === null) return { held: null, notices: { old: 0, fresh: 0 }, issues: [] };
  const issues: HeldIssue[] = [];
  for (const { id, ...row } of await heldIssues(ctx)) {
    const { accepted, open } = await sumDeliveries(ctx, id);
    issues.push({ ...row, accepted, open, fate: fateOf(row, hold, ctx.clock()) });
  }
  return { held: hold, notices: await countWaitingNotices(ctx, hold.notices), issues };
}

/**
 * Lets mails leave again by a person's word. Where the database was put back, nothing goes out twice by that word alone: issues
 * that were being sent or are overdue are paused, and each wants its own (REL-14). Throws `conflict` for another hold than `at`,
 * `preflight` where the installation is in transit.
 */
export async function releaseMail(
  ctx: AppContext,
  input: z.input<typeof releaseSchema>,
): Promise<{ released: boolean; dropped: number; paused: string[] }> {
  const given = parseInput(releaseSchema, input);
  const column = await heldColumn(ctx);
  const hold = readHold(column);
  if (hold === null || column === null) return { released: false, dropped: 0, paused: [] };
  if (hold.at !== given.at) throw otherHold();
  if (isMoving(hold)) {
    throw new AppError("preflight", `No mail may leave from here: ${hold.reason}`, { hint: remedyForHold(hold) });
  }
  const now = ctx.clock();
  const still = sql`exists (select 1 from instance where id = 1 and held = ${column})`;
  const rows = await heldIssues(ctx);
  const pausing = rows.filter((row) => fateOf(row, hold, now) === "pauses");
  const drops = given.dropNotices ? dropNotices(hold.notices, now, still) : [];
  const done = await ctx.store.commit(
    ...drops,
    ...(hold.kind === "clock" ? [...waitNoLonger(now, still), ...countNoLonger(now, still)] : []),
    ...pausing.map((row) => pauseStale(row, now, still)),
    clearHold(column, now),
  );
  if (done.at(-1)?.rows.length !== 1) throw otherHold();
  const dropped = given.dropNotices ? (done[0]?.rows.length ?? 0) + sizes(done[1]?.rows ?? []) : 0;
  const paused = pausing.map(({ newsletter, slug }) => `${newsletter}/${slug}`);
  ctx.log.info("mails are released", { was: hold.reason, dropped, paused: paused.join(", ") });
  ctx.bell.ring();
  return { released: true, dropped, paused };
}

async function heldColumn(ctx: AppContext): Promise<string | null> {
  return (await ctx.store.db.selectFrom("instance").select("held").executeTakeFirstOrThrow()).held;
}

async function heldIssues(ctx: AppContext): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select i.id, n.slug newsletter, i.slug, i.subject, i.status, i.scheduled_at "scheduledAt"
    from issues i join newsletters n on n.id = i.newsletter
    where i.status in ('scheduled', 'sending') order by i.id`.execute(ctx.store.db);
  return rows;
}

function fateOf({ status, scheduledAt }: Omit<Row, "id">, hold: Hold, now: number): Fate {
  const isDue = status === "scheduled" && (scheduledAt ?? 0) <= now;
  if (isOlderState(hold) && (status === "sending" || isDue)) return "pauses";
  if (status === "sending") return "goes-on";
  return isDue ? "begins-now" : "begins-then";
}

function pauseStale(row: Row, now: number, when: RawBuilder<unknown>): RawBuilder<{ id: number }> {
  const name = `${row.newsletter}/${row.slug}`;
  const was =
    row.status === "sending"
      ? "This issue was being sent when the database was put back: who got it after that copy was made would get it again"
      : `This issue was to begin at ${utc(row.scheduledAt ?? 0)}, and the database was put back since: it may have been sent already`;
  const error = `${was}. To send it all the same: tidings issue send ${name}. To give it up: tidings issue cancel ${name}`;
  return sql<{
    id: number;
  }>`update issues set status = 'paused', stop_reason = 'stale', error = ${error}, updated_at = ${now}
    where id = ${row.id} and status = ${row.status} and ${when} returning id`;
}

function sizes(rows: readonly object[]): number {
  return rows.reduce((sum, row) => sum + ("size" in row ? Number(row.size) : 0), 0);
}

function otherHold(): AppError {
  return new AppError("conflict", "Mails are held for another reason than the one that was looked at.", {
    hint: "Look again with: tidings instance release",
  });
}
