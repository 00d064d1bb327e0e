import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import type { NoticeRow } from "../store/rows.ts";

/** Deliveries of an issue by state; they add up to `planned` at every moment. */
export interface Sums {
  readonly planned: number;
  /** Planned or claimed: still to be paid. */
  readonly open: number;
  readonly accepted: number;
  readonly failed: number;
  readonly skipped: number;
  readonly inDoubt: number;
}

/** The sums of one issue, from batches and exceptions, without counting readers. */
export async function sumDeliveries(ctx: AppContext, issue: number): Promise<Sums> {
  const { rows } = await sql<{ state: string; n: number }>`
    select state, sum(n) n from (
      select state, sum(size) n from batches where issue = ${issue} group by state
      union all select state, count(*) n from deliveries where issue = ${issue} and state is not null group by state)
    group by state`.execute(ctx.store.db);
  const of = (...states: string[]) =>
    rows.filter((row) => states.includes(row.state)).reduce((sum, row) => sum + row.n, 0);
  return {
    planned: rows.reduce((sum, row) => sum + row.n, 0),
    open: of("planned", "claimed"),
    accepted: of("accepted"),
    failed: of("failed"),
    skipped: of("skipped"),
    inDoubt: of("in_doubt"),
  };
}

/** Why deliveries of an issue were skipped or failed, commonest first. */
export async function listReasons(
  ctx: AppContext,
  issue: number,
): Promise<{ state: string; reason: string; n: number }[]> {
  const { rows } = await sql<{ state: string; reason: string; n: number }>`
    select state, reason, sum(n) n from (
      select state, coalesce(reason, '') reason, count(*) n from deliveries
        where issue = ${issue} and state in ('skipped', 'failed', 'in_doubt') group by state, reason
      union all select state, coalesce(error, '') reason, sum(size) n from batches
        where issue = ${issue} and state in ('failed', 'in_doubt') group by state, error)
    group by state, reason having sum(n) > 0 order by n desc, state, reason limit 20`.execute(ctx.store.db);
  return rows;
}

/** The notices of a claimed batch that still count, oldest first. */
export async function noticesOf(ctx: AppContext, batch: number): Promise<NoticeRow[]> {
  return ctx.store.db
    .selectFrom("notices")
    .selectAll()
    .where("batch", "=", batch)
    .where("state", "is", null)
    .orderBy("id")
    .execute();
}

/** When the next mail falls due, in ms UTC; null when none is owed. */
export async function nextDue(ctx: AppContext): Promise<number | null> {
  const { rows } = await sql<{ due: number | null }>`
    select min(due) due from (
      select min(due_at) due from batches where lane = 0 and state in ('planned', 'claimed')
      union all select min(due_at) from notices where batch is null and state is null
      union all select b.due from issues i cross join (
        select min(due_at) due, issue from batches where lane = 1 and state in ('planned', 'claimed') group by issue) b
        on b.issue = i.id where i.status = 'sending')`.execute(ctx.store.db);
  return rows[0]?.due ?? null;
}
