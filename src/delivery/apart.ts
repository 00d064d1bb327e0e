import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { suppressUnreachable } from "../suppression/suppress.ts";
import { held, type Lease, mine } from "./held.ts";
import { closeJournal } from "./journal.ts";
import { chargeSome } from "./meters.ts";
import { maybeLeft, type Sorted } from "./outcomes.ts";

/** How the members of a batch ended that did not fare alike. */
export interface Ends extends Omit<Sorted, "after"> {
  /** When the batch of those who leave later is due, ms UTC. */
  readonly dueAt: number;
}

/** Settles a batch of an issue member by member, in one commit; false when the lease was lost, and then nothing is written. */
export async function settleIssueApart(ctx: AppContext, claim: Lease, ends: Ends): Promise<boolean> {
  const now = ctx.clock();
  const own = JSON.stringify(ends.own);
  const later = JSON.stringify(ends.later);
  const issue = sql`(select issue from batches where id = ${claim.id})`;
  const [, , , , , done] = await ctx.store.commit(
    chargeSome(mine(claim), maybeLeft(ends), now),
    suppressUnreachable(
      sql`select value from json_each(${JSON.stringify(ends.unreachable)})`,
      bounce(ctx),
      held(claim),
    ),
    sql`insert into deliveries (issue, subscriber, state, reason, at)
      select ${issue}, j.value ->> 0, j.value ->> 1, j.value ->> 2, ${now} from json_each(${own}) j where ${held(claim)}
      on conflict (issue, subscriber) do update set state = excluded.state, reason = excluded.reason, at = excluded.at
        where deliveries.state is null`,
    sql`insert into batches (lane, issue, size, state, due_at, tries, tried_at, error)
      select 1, issue, ${ends.later.length}, 'planned', ${ends.dueAt}, tries + 1, coalesce(tried_at, ${now}), ${ends.reason}
      from batches where ${mine(claim)} and ${ends.later.length} > 0`,
    sql`update deliveries set batch = (select max(id) from batches where issue = ${issue} and first is null)
      where issue = ${issue} and subscriber in (select value from json_each(${later})) and state is null and ${held(claim)}`,
    settled(claim, ends, now),
    closeJournal(claim.id),
  );
  ctx.probe("settled");
  return done.rows.length === 1;
}

/** The same for a batch of notices. */
export async function settleNoticesApart(ctx: AppContext, claim: Lease, ends: Ends): Promise<boolean> {
  const now = ctx.clock();
  const own = JSON.stringify(ends.own);
  const later = JSON.stringify(ends.later);
  const unreachable = sql`select n.subscriber from notices n
    where n.id in (select value from json_each(${JSON.stringify(ends.unreachable)})) and n.subscriber is not null`;
  const [, , , , done] = await ctx.store.commit(
    suppressUnreachable(unreachable, bounce(ctx), held(claim)),
    sql`update notices set (state, reason) = (
        select j.value ->> 1, j.value ->> 2 from json_each(${own}) j where j.value ->> 0 = notices.id)
      where id in (select j.value ->> 0 from json_each(${own}) j) and batch = ${claim.id} and state is null and ${held(claim)}`,
    // A fence of 1: only a batch that a claim makes starts lower, and it alone takes in notices that wait.
    sql`insert into batches (lane, size, state, due_at, fence, tries, tried_at, error)
      select 0, ${ends.later.length}, 'planned', ${ends.dueAt}, 1, tries + 1, coalesce(tried_at, ${now}), ${ends.reason}
      from batches where ${mine(claim)} and ${ends.later.length} > 0`,
    sql`update notices set batch = (select max(id) from batches where lane = 0)
      where id in (select value from json_each(${later})) and batch = ${claim.id} and state is null and ${held(claim)}`,
    settled(claim, ends, now),
    closeJournal(claim.id),
  );
  ctx.probe("settled");
  return done.rows.length === 1;
}

function bounce(ctx: AppContext): { origin: string; at: number } {
  return { origin: ctx.config.provider, at: ctx.clock() };
}

/** The batch keeps whoever was accepted. */
function settled(claim: Lease, { accepted }: Ends, now: number) {
  const state = accepted.length > 0 ? "accepted" : "skipped";
  return sql<{ id: number }>`
    update batches set state = ${state}, size = ${accepted.length}, receipt = ${JSON.stringify(accepted)}, members = null,
      error = null, settled_at = ${now}
    where ${mine(claim)} returning id`;
}
