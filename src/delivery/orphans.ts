import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { settleByJournals } from "./cancel.ts";
import { isFree } from "./held.ts";
import { chargeUnheld } from "./meters.ts";

const reason = "no answer came, and a reader of it was erased meanwhile";

/**
 * Ends open batches in nobody's hands that still hold the address of somebody who was erased (LAW-05): an outage, a pause or a
 * hold must not keep it. What surely has not left is frozen afresh without them; what may have left is in doubt. Tells how many.
 */
export async function endOrphans(ctx: AppContext): Promise<number> {
  const now = ctx.clock();
  const orphaned = sql`b.state = 'claimed' and b.members is not null and ${isFree(now)} and exists (
    select 1 from json_each(b.members) m where (coalesce(m.value ->> 0, m.value ->> 'subscriber') is not null
      and not exists (select 1 from subscribers p where p.id = coalesce(m.value ->> 0, m.value ->> 'subscriber')))
      or (m.value ->> 'id' is not null and not exists (select 1 from notices n where n.id = m.value ->> 'id')))`;
  const journalled = await settleByJournals(ctx, orphaned, "a reader of this batch was erased");
  const unanswered = sql`id in (select b.id from batches b where b.payload_hash is not null and ${orphaned})`;
  const [fresh, , doubtful] = await ctx.store.commit(
    sql<{ id: number }>`update batches set members = null, state = 'planned', holder = null, fence = fence + 1
      where id in (select b.id from batches b where b.payload_hash is null and ${orphaned}) returning id`,
    chargeUnheld(unanswered, now),
    sql<{
      id: number;
    }>`update batches set state = 'in_doubt', members = null, holder = null, fence = fence + 1, settled_at = ${now},
        error = ${reason} where ${unanswered} returning id`,
  );
  return journalled + fresh.rows.length + doubtful.rows.length;
}
