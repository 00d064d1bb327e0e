import { sql } from "kysely";
import type { AppContext } from "../context.ts";

/** Whether a claim of notices could find any: two looks into indexes, where the claim itself is a durable commit. */
export async function areNoticesDue(ctx: AppContext): Promise<boolean> {
  const now = ctx.clock();
  const { rows } = await sql<{ due: number }>`
    select exists (select 1 from batches where lane = 0 and state in ('planned', 'claimed') and due_at <= ${now})
      or exists (select 1 from notices where batch is null and state is null and due_at <= ${now}) due`.execute(
    ctx.store.db,
  );
  return rows[0]?.due === 1;
}
