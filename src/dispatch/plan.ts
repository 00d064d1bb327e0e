import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { inAudience } from "../issue/audience.ts";
import { markPlanned, unplannedIssue } from "../issue/progress.ts";

/** Readers planned in one commit: some 30 ms, so that sign-ups never wait long (LEDGER). */
const slice = 20_000;

/**
 * Plans the next slice of the oldest issue that lacks one: a delivery per reader, and batches over ranges of them, in one commit.
 * The watermark makes a repeat or a second planner harmless. True when there was something to plan.
 */
export async function planSlice(ctx: AppContext): Promise<boolean> {
  const issue = await unplannedIssue(ctx);
  if (issue === null) return false;
  // Ranges follow one another, so that the last reader of the rightmost is the last one planned.
  const watermark = sql<number>`coalesce((select last from batches where issue = ${issue.id} and first is not null
    order by first desc limit 1), 0)`;
  const { rows } = await sql<{ from: number }>`select ${watermark} "from"`.execute(ctx.store.db);
  const from = rows[0]?.from ?? 0;
  const still = sql`${from} = ${watermark}`;
  // Recalled and sent anew meanwhile, it has another audience.
  const sending = sql`exists (select 1 from issues where id = ${issue.id} and status = 'sending'
    and coalesce(audience_at, 0) = ${issue.audienceAt})`;
  // A bound number may arrive as a real one, and would divide as such: every reader in a batch alone.
  const perBatch = sql`cast(${Math.min(ctx.provider.limits.members, 100)} as integer)`;
  await ctx.store.commit(
    sql`insert into deliveries (issue, subscriber)
      select ${issue.id}, s.subscriber from subscriptions s join subscribers p on p.id = s.subscriber
      where ${inAudience(issue.newsletter, issue.audienceAt)} and s.subscriber > ${from} and ${still} and ${sending}
      order by s.subscriber limit ${slice} on conflict do nothing`,
    sql`insert into batches (lane, issue, first, last, size, state, due_at)
      select 1, ${issue.id}, min(subscriber), max(subscriber), count(*), 'planned', 0 from (
        select subscriber, (row_number() over (order by subscriber) - 1) / ${perBatch} g
        from deliveries where issue = ${issue.id} and subscriber > ${from} and ${still}) group by g order by g`,
    // In the same commit: an issue that was paused for these statements alone must not pass for planned.
    markPlanned(issue.id, ctx.clock(), sql`${still} and ${sending}`),
  );
  ctx.probe("planned");
  return true;
}
