import { sql } from "kysely";
import type { AppContext } from "../context.ts";

/** Deletes notices that ended or expired before `before`, and their settled batches; at most 1,000 a call. */
export async function purgeNotices(ctx: AppContext, before: number): Promise<number> {
  const old = sql`select n.id from notices n left join batches b on b.id = n.batch
    where n.expires_at < ${before} and (n.batch is null or b.settled_at is not null) order by n.expires_at limit 1000`;
  const [gone] = await ctx.store.commit(
    sql<{ id: number }>`delete from notices where id in (${old}) returning id`,
    sql`delete from batches where id in (select b.id from batches b where b.lane = 0 and b.settled_at < ${before}
      and not exists (select 1 from notices n where n.batch = b.id) limit 1000)`,
  );
  return gone.rows.length;
}
