import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { redact } from "../log.ts";
import { countsByState, isRetired, listReasons, sumDeliveries } from "./find.ts";

/** Above every id. */
const farthest = Number.MAX_SAFE_INTEGER;

/** What stays of the deliveries of an issue, as `issues.sums` keeps it: how many ended in which state, and why. */
export interface FinalSums {
  readonly accepted: number;
  readonly failed: number;
  readonly skipped: number;
  readonly in_doubt: number;
  /** The twenty commonest; readers' addresses, which mail servers like to repeat, are cut (LAW-06). */
  readonly reasons: readonly { readonly state: string; readonly reason: string; readonly n: number }[];
}

/** The sums of an issue with nothing open, as they would be written down. */
export async function finalSums(ctx: AppContext, issue: number): Promise<FinalSums> {
  const { accepted, failed, skipped, inDoubt } = await sumDeliveries(ctx, issue);
  const reasons = new Map<string, FinalSums["reasons"][number]>();
  for (const { state, reason, n } of await listReasons(ctx, issue)) {
    const cut = redact(reason);
    const key = `${state} ${cut}`;
    reasons.set(key, { state, reason: cut, n: n + (reasons.get(key)?.n ?? 0) });
  }
  return { accepted, failed, skipped, in_doubt: inDoubt, reasons: [...reasons.values()] };
}

/** SQL: true where an issue has these deliveries and none that is open: whoever changed one meanwhile must be counted. */
export function addsUpTo(issue: number, sums: FinalSums): RawBuilder<boolean> {
  const { accepted, failed, skipped, in_doubt } = sums;
  const of = (state: string) => sql`coalesce(sum(n) filter (where state = ${state}), 0)`;
  return sql<boolean>`(select ${of("accepted")} = ${accepted} and ${of("failed")} = ${failed} and ${of("skipped")} = ${skipped}
    and ${of("in_doubt")} = ${in_doubt} and coalesce(sum(n), 0) = ${accepted + failed + skipped + in_doubt}
    from (${countsByState(issue)}))`;
}

/** SQL: true where nothing of an issue is open. */
export function hasNoOpen(issue: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`not exists (select 1 from batches b where b.issue = ${issue} and b.state in ('planned', 'claimed'))`;
}

/** SQL: true where something of an issue is in doubt. */
export function hasDoubt(issue: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`(exists (select 1 from batches b where b.issue = ${issue} and b.state = 'in_doubt' and b.size > 0)
    or exists (select 1 from deliveries d where d.issue = ${issue} and d.state = 'in_doubt'))`;
}

/** SQL: true where no row of an issue is left in the ledger. */
export function isEmpty(issue: number): RawBuilder<boolean> {
  return sql<boolean>`(not exists (select 1 from deliveries where issue = ${issue})
    and not exists (select 1 from batches where issue = ${issue}))`;
}

/**
 * Deletes the next deliveries of an issue that is retired, `most` and up to a batch more, with the batches that hold nobody any
 * more. Tells how many; 0 once none is left. Sizes stay true to their members after each commit. Two at the same time do no harm.
 */
export async function deleteSlice(ctx: AppContext, issue: number, most: number): Promise<number> {
  const end = await endOfSlice(ctx, issue, most);
  if (end === null) return 0;
  const retired = isRetired(issue);
  const within = sql`d.issue = ${issue} and d.subscriber <= ${end}`;
  const [, gone] = await ctx.store.commit(
    // Members of a batch without a range may stand anywhere in the issue.
    sql`update batches set size = size - (select count(*) from deliveries d
        where d.batch = batches.id and d.state is null and d.subscriber <= ${end})
      where id in (select d.batch from deliveries d where ${within} and d.batch is not null) and ${retired}`,
    sql`delete from deliveries where issue = ${issue} and subscriber <= ${end} and ${retired}`,
    sql`delete from batches where issue = ${issue} and first is not null and first <= ${end} and last <= ${end}
      and not exists (select 1 from deliveries d where d.batch = batches.id) and ${retired}`,
  );
  return gone.changes;
}

/** The last reader of the range that the slice ends with; null where no delivery is left. */
async function endOfSlice(ctx: AppContext, issue: number, most: number): Promise<number | null> {
  const { rows } = await sql<{ reader: number | null; any: number }>`
    select (select subscriber from deliveries where issue = ${issue} and subscriber > 0
      order by subscriber limit 1 offset ${most - 1}) reader,
      exists (select 1 from deliveries where issue = ${issue}) any`.execute(ctx.store.db);
  const [row] = rows;
  if (row === undefined || row.any === 0) return null;
  const { reader } = row;
  if (reader === null) return farthest;
  const range = await sql<{ last: number }>`select last from batches where issue = ${issue} and first is not null
    and first <= ${reader} order by first desc limit 1`.execute(ctx.store.db);
  return Math.max(reader, range.rows[0]?.last ?? 0);
}

/** Statement: batches of a retired issue go once no delivery names them; at most 1,000. */
export function deleteBatches(issue: number): RawBuilder<unknown> {
  return sql`delete from batches where id in (select b.id from batches b where b.issue = ${issue}
    and not exists (select 1 from deliveries d where d.batch = b.id) limit 1000) and ${isRetired(issue)}
    and not exists (select 1 from deliveries where issue = ${issue})`;
}
