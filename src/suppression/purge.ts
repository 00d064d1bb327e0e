import { sql } from "kysely";
import type { AppContext } from "../context.ts";

/** Ends suppressions whose time is over; at most 1,000 a call. */
export async function purgeSuppressions(ctx: AppContext): Promise<number> {
  const [gone] = await ctx.store.commit(
    sql<{ id: number }>`delete from suppressions where id in (
      select id from suppressions where until is not null and until <= ${ctx.clock()} order by until limit 1000) returning id`,
  );
  return gone.rows.length;
}
