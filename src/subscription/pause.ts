import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { findNewsletter } from "../newsletter/find.ts";
import { type Closed, openLink, type ReaderLink } from "./access.ts";
import { readLeaveLink } from "./links.ts";

/** For how many weeks a reader may take a break. */
export const pauseWeeks = [1, 2, 4] as const;

const week = 7 * 24 * 3_600_000;

export type PauseResult =
  /** `newsletter` is its name; null: all of them. `until` in ms UTC; null: from now on again. */
  { kind: "done"; newsletter: string | null; until: number | null } | { kind: "nothing" } | Closed;

/** Takes a break from one newsletter (by slug) or `all`, for a number of `pauseWeeks`; what one does not hold changes nothing. */
export async function pause(
  ctx: AppContext,
  input: { link: ReaderLink; newsletter: string; weeks: number },
): Promise<PauseResult> {
  const reader = await openLink(ctx, input.link);
  if (reader.kind !== "reader") return reader;
  const chosen = input.newsletter === "all" ? null : await findNewsletter(ctx, input.newsletter);
  const weeks = pauseWeeks.find((one) => one === input.weeks);
  if (weeks === undefined || (chosen === null && input.newsletter !== "all")) return { kind: "nothing" };
  const until = ctx.clock() + weeks * week;
  const [done] = await ctx.store.commit(rest(reader.subscriber, chosen?.id ?? null, ctx.clock(), until));
  return done.rows.length === 0 ? { kind: "nothing" } : { kind: "done", newsletter: chosen?.name ?? null, until };
}

/** The same from an unsubscribe page, for its one newsletter: less than the link may do anyway. */
export async function pauseInstead(ctx: AppContext, input: { token: string; weeks: number }): Promise<PauseResult> {
  const link = await readLeaveLink(ctx, input.token);
  if (link.kind !== "reader") return link;
  const weeks = pauseWeeks.find((one) => one === input.weeks);
  if (weeks === undefined) return { kind: "nothing" };
  const until = ctx.clock() + weeks * week;
  const [done] = await ctx.store.commit(rest(link.subscriber, link.newsletter, ctx.clock(), until));
  return done.rows.length === 0 ? { kind: "nothing" } : { kind: "done", newsletter: link.name, until };
}

/** Ends the break of one newsletter (by slug) or of `all`. */
export async function resume(ctx: AppContext, input: { link: ReaderLink; newsletter: string }): Promise<PauseResult> {
  const reader = await openLink(ctx, input.link);
  if (reader.kind !== "reader") return reader;
  const chosen = input.newsletter === "all" ? null : await findNewsletter(ctx, input.newsletter);
  if (chosen === null && input.newsletter !== "all") return { kind: "nothing" };
  const now = ctx.clock();
  // The beginning stays: an audience counted during the break must not change now that it is over.
  const [done] = await ctx.store.commit(
    sql<{ newsletter: number }>`update subscriptions set paused_until = ${now}
      where subscriber = ${reader.subscriber} and status = 'active' and paused_until > ${now}
        and (${chosen?.id ?? null} is null or newsletter = ${chosen?.id ?? null}) returning newsletter`,
  );
  if (done.rows.length === 0) return { kind: "nothing" };
  return { kind: "done", newsletter: chosen?.name ?? null, until: null };
}

/** Statement: no issue goes out before `until`; who pauses already began then. */
function rest(
  subscriber: number,
  newsletter: number | null,
  now: number,
  until: number,
): RawBuilder<{ newsletter: number }> {
  return sql<{ newsletter: number }>`
    update subscriptions set paused_until = ${until}, paused_at = iif(paused_until > ${now}, paused_at, ${now})
    where subscriber = ${subscriber} and status = 'active' and (${newsletter} is null or newsletter = ${newsletter})
    returning newsletter`;
}
