import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { requireNewsletter } from "../newsletter/find.ts";
import { readLeaving, stillLeft } from "./undo.ts";

/** Why readers leave, as the page lets them choose. */
export const goodbyeReasons = ["too-many", "not-for-me", "no-time", "never-asked", "other"] as const;

/** Longest note to an editor, in characters. */
export const longestNote = 500;

const day = 24 * 3_600_000;

export interface GoodbyeResult {
  readonly outcome: "noted" | "nothing" | "late" | "unknown";
  /** What the page that answers should speak; null where nobody says. */
  readonly language: string | null;
}

/**
 * Notes why a reader has left, within an hour of it. Kept by the day and without a trace of who it was; a repeat counts once, and
 * may change its words. `nothing`: neither a reason nor a note, or what was left has been taken up again.
 */
export async function sayGoodbye(
  ctx: AppContext,
  input: { token: string; reason: string; note: string },
): Promise<GoodbyeResult> {
  const leaving = readLeaving(ctx, input.token);
  if (leaving === null) return { outcome: "unknown", language: null };
  if (leaving === "late") return { outcome: "late", language: null };
  const language = await languageOf(ctx, leaving);
  const note = cleanNote(input.note);
  const reason = goodbyeReasons.find((one) => one === input.reason) ?? (note === "" ? null : "other");
  if (reason === null) return { outcome: "nothing", language };
  const now = ctx.clock();
  const ids = [leaving.newsletter, leaving.subscriber, leaving.at].join();
  const hash = ctx.signer.keyedHash("leaving", ids, ctx.signer.firstKey);
  // The day alone: an exact time would name the reader who left at it.
  const [done] = await ctx.store.commit(
    sql<{ id: number }>`
      insert into goodbyes (newsletter, at, reason, note, leaving)
      select s.newsletter, ${now - (now % day)}, ${reason}, ${note}, ${hash} from subscriptions s
      where ${stillLeft(leaving)}
      on conflict (leaving, newsletter) do update set reason = excluded.reason, note = excluded.note
      returning id`,
  );
  return { outcome: done.rows.length > 0 ? "noted" : "nothing", language };
}

/** What the page that answers should speak; null where nobody says. */
async function languageOf(
  ctx: AppContext,
  leaving: { newsletter: number; subscriber: number },
): Promise<string | null> {
  const { rows } = await sql<{ language: string | null }>`
    select coalesce(p.language, (select language from newsletters where id = ${leaving.newsletter})) language
    from subscribers p where p.id = ${leaving.subscriber}`.execute(ctx.store.db);
  return rows[0]?.language ?? null;
}

/** Lines and words as written, without what a terminal or page might take for more. */
function cleanNote(note: string): string {
  const plain = note
    .normalize("NFC")
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{C}\n]/gu, "")
    .trim();
  return [...plain].slice(0, longestNote).join("");
}

/** Cuts reasons from the leavings that they came with, once a repeat can no longer come; tells how many. */
export async function forgetLeavings(ctx: AppContext): Promise<number> {
  const [done] = await ctx.store.commit(
    sql<{
      id: number;
    }>`update goodbyes set leaving = null where leaving > '' and at < ${ctx.clock() - 2 * day} returning id`,
  );
  return done.rows.length;
}

export interface Goodbyes {
  readonly total: number;
  /** Commonest first. */
  readonly reasons: { reason: string; n: number }[];
  /** Newest first; `at` is the day, ms UTC. */
  readonly notes: { at: number; reason: string; note: string }[];
}

/** Why readers have left a newsletter since a time (ms UTC), with up to `limit` of their notes. Throws `not-found`. */
export async function listGoodbyes(
  ctx: AppContext,
  asked: { newsletter: string; since: number; limit: number },
): Promise<Goodbyes> {
  const { id } = await requireNewsletter(ctx, asked.newsletter);
  const { rows: reasons } = await sql<{ reason: string; n: number }>`
    select reason, count(*) n from goodbyes where newsletter = ${id} and at >= ${asked.since}
    group by reason order by n desc, reason`.execute(ctx.store.db);
  const { rows: notes } = await sql<{ at: number; reason: string; note: string }>`
    select at, reason, note from goodbyes where newsletter = ${id} and at >= ${asked.since} and note <> ''
    order by at desc, id desc limit ${asked.limit}`.execute(ctx.store.db);
  return { total: reasons.reduce((sum, { n }) => sum + n, 0), reasons, notes };
}
