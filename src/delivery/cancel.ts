import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { settleIssueApart } from "./apart.ts";
import { isFree, type Lease } from "./held.ts";
import { chargeUnheld } from "./meters.ts";
import { readLetters, sortEnds } from "./outcomes.ts";

const over = (now: number) => sql`members = null, holder = null, fence = fence + 1, settled_at = ${now}`;

/**
 * Statements: the open batches of a cancelled issue that nobody holds end here. What surely has not left is skipped; what waits
 * to repeat a call without an answer is in doubt.
 */
export function cancelBatches(
  issue: number,
  now: number,
): readonly [RawBuilder<{ id: number }>, RawBuilder<unknown>, RawBuilder<{ id: number }>] {
  const cancelled = sql`exists (select 1 from issues where id = ${issue} and status = 'cancelled')`;
  const unanswered = sql`issue = ${issue} and state = 'claimed' and payload_hash is not null and ${isFree(now)} and ${cancelled}
    and not exists (select 1 from journals j where j.batch = batches.id)`;
  return [
    sql<{ id: number }>`update batches set state = 'skipped', error = 'cancelled', ${over(now)}
      where issue = ${issue} and state in ('planned', 'claimed') and payload_hash is null and ${isFree(now)} and ${cancelled}
      returning id`,
    chargeUnheld(unanswered, now),
    sql<{ id: number }>`update batches set state = 'in_doubt', ${over(now)},
        error = 'the issue was cancelled while a call without an answer waited to be repeated'
      where ${unanswered} returning id`,
  ];
}

/**
 * Settles what dead holders have left behind of an issue by their journals (REL-01): accepted mails stay so, the one on its way
 * is in doubt, and the rest moves to a batch that waits. `which` picks batches `b`. Tells how many batches that were.
 */
export async function settleByJournals(ctx: AppContext, which: RawBuilder<unknown>, reason: string): Promise<number> {
  const now = ctx.clock();
  const { rows } = await sql<Lease & { members: string; letters: string }>`
    select b.id, b.fence, b.members, j.letters from journals j cross join batches b on b.id = j.batch
    where ${which} and b.lane = 1 and b.state = 'claimed' and b.payload_hash is not null and b.members is not null
      and ${isFree(now)}`.execute(ctx.store.db);
  for (const claim of rows) {
    const ids = (JSON.parse(claim.members) as [number][]).map(([id]) => id);
    await settleIssueApart(ctx, claim, { ...sortEnds(ids, readLetters(claim.letters)), dueAt: now, reason });
  }
  return rows.length;
}
