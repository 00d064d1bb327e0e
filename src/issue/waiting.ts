import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { countAnew } from "../delivery/outlet.ts";

/** Notes on all issues that are being sent, or on those of one newsletter, why they wait. */
export async function noteSending(ctx: AppContext, error: string, newsletter: number | null = null): Promise<void> {
  const own = newsletter === null ? sql`` : sql`and newsletter = ${newsletter}`;
  await sql`update issues set error = ${error} where status = 'sending' and error is not ${error} ${own}`.execute(
    ctx.store.db,
  );
}

/**
 * Pauses every issue that waits for the provider and was started before a time (ms UTC), in a commit that lets the others, and
 * those that a person sends on, wait for a day of their own. Returns their ids.
 */
export async function pauseUnserved(
  ctx: AppContext,
  { startedBefore, error }: { startedBefore: number; error: string },
): Promise<number[]> {
  const hint = sql`' Nothing was sent meanwhile. Once it answers, go on with: tidings issue resume '
    || (select n.slug from newsletters n where n.id = issues.newsletter) || '/' || slug`;
  const [paused] = await ctx.store.commit(
    sql<{ id: number }>`update issues set status = 'paused', stop_reason = 'provider', error = ${error} || ${hint}
      where status = 'sending' and started_at <= ${startedBefore} and exists (
        select 1 from batches b where b.issue = issues.id and b.state in ('planned', 'claimed')) returning id`,
    countAnew(ctx, sql`coalesce((select min(started_at) from issues where status = 'sending'), ${ctx.clock()})`),
  );
  return paused.rows.map(({ id }) => id);
}
