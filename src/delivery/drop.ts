import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { isFree } from "./held.ts";

/** Batches of notices that nobody works on: `b`. */
const free = (now: number) =>
  sql`select b.id from batches b where b.state in ('planned', 'claimed') and b.lane = 0 and ${isFree(now)}`;

/** Notices that wait, in no batch or in one that nobody works on. */
const isWaiting = (now: number) => sql`n.state is null and (n.batch is null or n.batch in (${free(now)}))`;

/** How many notices wait, parted at an id: `old` ones up to it, `fresh` ones behind. */
export async function countWaitingNotices(ctx: AppContext, upTo: number): Promise<{ old: number; fresh: number }> {
  const { rows } = await sql<{ old: number; fresh: number }>`
    select count(*) filter (where n.id <= ${upTo}) old, count(*) filter (where n.id > ${upTo}) fresh
    from notices n where ${isWaiting(ctx.clock())}`.execute(ctx.store.db);
  return rows[0] ?? { old: 0, fresh: 0 };
}

/**
 * Statements: notices up to an id that wait are given up, if `when` holds, since they may have left before the database was put
 * back. A batch whose bytes may have left besides is in doubt. The first returns the notices, the second the sizes of batches.
 */
export function dropNotices(
  upTo: number,
  now: number,
  when: RawBuilder<unknown>,
): readonly [RawBuilder<{ id: number }>, RawBuilder<{ size: number }>, RawBuilder<unknown>] {
  const open = free(now);
  return [
    sql<{ id: number }>`update notices set state = 'skipped', reason = 'restored'
      where id in (select n.id from notices n where n.id <= ${upTo} and n.state is null
        and (n.batch is null or n.batch in (${open} and b.payload_hash is null))) and ${when} returning id`,
    sql<{
      size: number;
    }>`update batches set state = 'in_doubt', members = null, holder = null, fence = fence + 1, settled_at = ${now},
        error = 'the database was put back while these mails were being sent'
      where id in (${open} and b.payload_hash is not null) and ${when} returning size`,
    sql`update batches set size = (select count(*) from notices n where n.batch = batches.id and n.state is null)
      where id in (${open} and b.payload_hash is null) and ${when}`,
  ];
}
