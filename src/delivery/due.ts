import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { isHeld } from "../instance/hold.ts";
import { mayLeave } from "./mailbox.ts";
import { isScarce, mayCall } from "./outlet.ts";

/** Whether a claim of notices could find any: looks into indexes, where the claim itself is a durable commit. */
export async function areNoticesDue(ctx: AppContext): Promise<boolean> {
  const now = ctx.clock();
  const { rows } = await sql<{ due: number }>`
    select (exists (select 1 from batches where lane = 0 and state in ('planned', 'claimed') and due_at <= ${now})
      or exists (select 1 from notices where batch is null and state is null and due_at <= ${now}))
      and ${mayCall(ctx, now)} due`.execute(ctx.store.db);
  return rows[0]?.due === 1;
}

/** Whether a claim of an issue's batch could find any. */
export async function areBatchesDue(ctx: AppContext): Promise<boolean> {
  const { rows } = await sql<{ due: number }>`
    select exists (select 1 from batches where lane = 1 and state in ('planned', 'claimed') and due_at <= ${ctx.clock()}) due`.execute(
    ctx.store.db,
  );
  return rows[0]?.due === 1;
}

/** SQL: ids of up to `most` notices that a claim may take now, those due longest first. */
export function dueNotices(now: number, most: number): RawBuilder<{ id: number }> {
  return sql<{ id: number }>`select n.id from notices n where n.batch is null and n.state is null and n.due_at <= ${now}
    and not ${isHeld} and ${mayLeave(now)} order by n.due_at, n.id limit ${most}`;
}

/** SQL: true where the one call that may leave now is owed to notices, which go before issues (REL-09). */
export function isForNotices(ctx: AppContext, now: number): RawBuilder<boolean> {
  // Without an operator notices wait, and must not hold up what is being sent already.
  return sql<boolean>`(${isScarce(ctx, now)}
    and exists (select 1 from instance where operator <> '' and postal_address <> '' and privacy_url <> '')
    and (exists (select 1 from batches where lane = 0 and state in ('planned', 'claimed') and due_at <= ${now})
      or exists (${dueNotices(now, 1)})))`;
}
