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
  const { rows } = await sql<{
    w: number;
  }>`select coalesce(max(last), 0) w from batches where issue = ${issue.id}`.execute(ctx.store.db);
  const from = rows[0]?.w ?? 0;
  const still = sql`${from} = (select coalesce(max(last), 0) from batches where issue = ${issue.id})`;
  const sending = sql`exists (select 1 from issues where id = ${issue.id} and status = 'sending')`;
  const perBatch = Math.min(ctx.provider.limits.members, 100);
  const [planned] = await ctx.store.commit(
    sql`insert into deliveries (issue, subscriber)
      select ${issue.id}, s.subscriber from subscriptions s join subscribers p on p.id = s.subscriber
      where ${inAudience(issue.newsletter, issue.audienceAt)} and s.subscriber > ${from} and ${still} and ${sending}
      order by s.subscriber limit ${slice} on conflict do nothing`,
    sql`insert into batches (lane, issue, first, last, size, state, due_at)
      select 1, ${issue.id}, min(subscriber), max(subscriber), count(*), 'planned', 0 from (
        select subscriber, (row_number() over (order by subscriber) - 1) / cast(${perBatch} as integer) g
        from deliveries where issue = ${issue.id} and subscriber > ${from} and ${still}) group by g order by g`,
  );
  ctx.probe("planned");
  if (planned.changes > 0) return true;
  await finishPlanning(ctx, issue.id, from);
  return true;
}

/** Nobody is left behind the watermark: planning ends, unless another planner moved it meanwhile. */
async function finishPlanning(ctx: AppContext, issue: number, from: number): Promise<void> {
  const { rows } = await sql<{ same: number }>`
    select ${from} = (select coalesce(max(last), 0) from batches where issue = ${issue}) same`.execute(ctx.store.db);
  if (rows[0]?.same === 1) await ctx.store.commit(markPlanned(issue, ctx.clock()));
}
