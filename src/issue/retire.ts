import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { addsUpTo, deleteBatches, deleteSlice, finalSums, hasDoubt, hasNoOpen, isEmpty } from "../delivery/retire.ts";
import { AppError } from "../errors.ts";
import { utc } from "../instance/hold.ts";
import type { IssueSummary } from "./find.ts";

/**
 * What one sweep does at most: so many commits, of so many deliveries each. Some 20 ms a commit, so that sign-ups never wait long,
 * and few enough for an invocation of a Worker.
 */
const sweep = { commits: 10, deliveries: 5_000 } as const;

/** SQL over issues: nothing of it can change any more but by a person's word. What is in doubt of an incomplete one waits for that. */
const isThrough = sql<boolean>`status in ('sent', 'cancelled', 'incomplete') and started_at is not null
  and ${hasNoOpen(sql`issues.id`)} and (status <> 'incomplete' or not ${hasDoubt(sql`issues.id`)})`;

/**
 * Deletes who got what of issues that ended before `before`, in ms UTC; null: begins with no further issue. The sums are written into
 * the issue first, and count from that commit on (LAW-06). What is left at the end of a sweep, or when it is cut off, is for the next.
 * Tells how many deliveries went.
 */
export async function retireIssues(
  ctx: AppContext,
  before: number | null,
  most: { readonly commits: number; readonly deliveries: number } = sweep,
): Promise<number> {
  let deleted = 0;
  for (let commits = 0; commits < most.commits; commits += 1) {
    const issue = (await emptyingIssue(ctx)) ?? (before === null ? null : await retireNext(ctx, before));
    if (issue === null) break;
    const gone = await deleteSlice(ctx, issue, most.deliveries);
    deleted += gone;
    if (gone === 0) await endEmptying(ctx, issue);
  }
  return deleted;
}

/** The issue that is being emptied. */
async function emptyingIssue(ctx: AppContext): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    select id from issues where sums is not null and emptied_at is null and id > 0 order by id limit 1`.execute(
    ctx.store.db,
  );
  return rows[0]?.id ?? null;
}

/** Writes the sums of the issue down that ended longest ago; null where there is none, or somebody changes it just now. */
async function retireNext(ctx: AppContext, before: number): Promise<number | null> {
  const isOver = sql<boolean>`sums is null and finished_at is not null and finished_at < ${before} and ${isThrough}`;
  const { rows } = await sql<{ id: number }>`
    select id from issues where ${isOver} order by finished_at limit 1`.execute(ctx.store.db);
  const id = rows[0]?.id;
  if (id === undefined) return null;
  const sums = await finalSums(ctx, id);
  const [written] = await ctx.store.commit(
    sql<{ id: number }>`update issues set sums = ${JSON.stringify(sums)}, retired_at = ${ctx.clock()}
      where id = ${id} and ${isOver} and ${addsUpTo(id, sums)} returning id`,
  );
  if (written.rows.length === 0) return null;
  ctx.log.info("issue retired", { issue: id });
  return id;
}

async function endEmptying(ctx: AppContext, id: number): Promise<void> {
  await ctx.store.commit(
    deleteBatches(id),
    sql`update issues set emptied_at = ${ctx.clock()} where id = ${id} and sums is not null and emptied_at is null
      and ${isEmpty(id)}`,
  );
}

/** Throws `refused`, unless it is still known of each reader what became of their mail. */
export function requireDetails({ newsletter, slug, retiredAt }: IssueSummary): void {
  if (retiredAt === null) return;
  const name = `${newsletter}/${slug}`;
  throw new AppError("refused", `${name} is only known by its sums: who got it was deleted on ${utc(retiredAt)}.`, {
    hint: "How long that is kept says: tidings instance show",
  });
}
