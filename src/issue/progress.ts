import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { cancelBatches, settleByJournals } from "../delivery/cancel.ts";

/**
 * Stops an issue until a person sends it on; open batches keep their state. `provider`: it takes nothing more;
 * `composing`: the mails cannot be made.
 */
export async function pauseIssue(
  ctx: AppContext,
  input: { id: number; reason: "provider" | "composing"; error: string },
): Promise<void> {
  await ctx.store.db
    .updateTable("issues")
    .set({ status: "paused", stop_reason: input.reason, error: input.error })
    .where("id", "=", input.id)
    .where("status", "=", "sending")
    .execute();
}

/** Notes on an issue why it is waiting; null once a batch has left again. */
export async function noteWait(ctx: AppContext, input: { id: number; error: string | null }): Promise<void> {
  await ctx.store.db
    .updateTable("issues")
    .set({ error: input.error })
    .where("id", "=", input.id)
    .where("status", "=", "sending")
    .where(sql<boolean>`error is not ${input.error}`)
    .execute();
}

/** Statement: planning of an issue is complete if `complete` holds in the same commit; only from now on may it finish. */
export function markPlanned(id: number, at: number, complete: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`update issues set planned_at = ${at}
    where id = ${id} and planned_at is null and status = 'sending' and ${complete}`;
}

/**
 * Ends every issue that has nothing left to pay: `sent`, or `incomplete` where a mail is in doubt (REL-13). Its status follows
 * from its rows and from nothing else. Tells how many issues and batches that changed.
 */
export async function finishIssues(ctx: AppContext): Promise<number> {
  const swept = await sweepCancelled(ctx);
  const over = sql`status = 'sending' and planned_at is not null and not exists (
    select 1 from batches b where b.issue = issues.id and b.state in ('planned', 'claimed'))`;
  // Looked at after every batch, so without a commit where nothing ends.
  const { rows: ending } = await sql`select 1 from issues where ${over} limit 1`.execute(ctx.store.db);
  if (ending.length === 0) return swept;
  const doubt = sql`(exists (select 1 from batches b where b.issue = issues.id and b.state = 'in_doubt' and b.size > 0)
    or exists (select 1 from deliveries d where d.issue = issues.id and d.state = 'in_doubt'))`;
  const { rows } = await sql<{ id: number }>`
    update issues set status = iif(${doubt}, 'incomplete', 'sent'), finished_at = ${ctx.clock()}, error = null
    where ${over} returning id`.execute(ctx.store.db);
  for (const row of rows) ctx.log.info("issue finished", { issue: row.id });
  return swept + rows.length;
}

/** Ends what is left of cancelled issues as the leases of its holders end; tells how many issues and batches that changed. */
export async function sweepCancelled(ctx: AppContext): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select id from issues where status = 'cancelled' and finished_at is null order by id`.execute(ctx.store.db);
  let changed = 0;
  for (const { id } of rows) {
    const now = ctx.clock();
    changed += await settleByJournals(ctx, sql`b.issue = ${id}`, "cancelled");
    const done = await ctx.store.commit(
      ...cancelBatches(id, now),
      sql<{ id: number }>`update issues set finished_at = ${now}
        where id = ${id} and status = 'cancelled' and finished_at is null and not exists (
          select 1 from batches b where b.issue = issues.id and b.state in ('planned', 'claimed')) returning id`,
    );
    changed += done.reduce((sum, one) => sum + one.rows.length, 0);
  }
  return changed;
}

/** The oldest issue whose planning is not complete, with its newsletter and audience instant. */
export async function unplannedIssue(
  ctx: AppContext,
): Promise<{ id: number; newsletter: number; audienceAt: number } | null> {
  const row = await ctx.store.db
    .selectFrom("issues")
    .select(["id", "newsletter", "audience_at"])
    .where(sql<boolean>`status = 'sending'`)
    .where("planned_at", "is", null)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : { id: row.id, newsletter: row.newsletter, audienceAt: row.audience_at ?? 0 };
}
