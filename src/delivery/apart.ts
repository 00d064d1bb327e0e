import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { suppressUnreachable } from "../suppression/suppress.ts";
import type { Claim } from "./claim.ts";
import { closeJournal } from "./journal.ts";
import { charge } from "./meters.ts";

/** How the members of a batch ended that did not fare alike; all lists hold ids of members. */
export interface Ends {
  /** With the provider's ids. */
  readonly accepted: readonly (readonly [member: number, id: string])[];
  /** Members with a state of their own, and why. */
  readonly own: readonly (readonly [member: number, state: "failed" | "in_doubt", reason: string])[];
  /** Members whose mailbox does not exist: nothing more goes to their address (RULES §5). */
  readonly unreachable: readonly number[];
  /** Surely not sent: they move to a batch of their own, which is due then. */
  readonly later: readonly number[];
  readonly dueAt: number;
  /** Why the later ones wait. */
  readonly reason: string;
}

const mine = (claim: Claim) => sql`id = ${claim.id} and fence = ${claim.fence} and state = 'claimed'`;
const held = (claim: Claim) => sql`exists (select 1 from batches where ${mine(claim)})`;

/** Settles a batch of an issue member by member, in one commit; false when the lease was lost, and then nothing is written. */
export async function settleIssueApart(ctx: AppContext, claim: Claim, ends: Ends): Promise<boolean> {
  const now = ctx.clock();
  const own = JSON.stringify(ends.own);
  const later = JSON.stringify(ends.later);
  const issue = sql`(select issue from batches where id = ${claim.id})`;
  const maybeLeft = [...ends.accepted, ...ends.own.filter(([, state]) => state === "in_doubt")].map(([id]) => id);
  const charged = charge(ctx, claim, maybeLeft);
  const done = await ctx.store.commit(
    ...charged,
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
  return done[charged.length + 4]?.rows.length === 1;
}

/** The same for a batch of notices. */
export async function settleNoticesApart(ctx: AppContext, claim: Claim, ends: Ends): Promise<boolean> {
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
function settled(claim: Claim, { accepted }: Ends, now: number) {
  const state = accepted.length > 0 ? "accepted" : "skipped";
  return sql<{ id: number }>`
    update batches set state = ${state}, size = ${accepted.length}, receipt = ${JSON.stringify(accepted)}, members = null,
      error = null, settled_at = ${now}
    where ${mine(claim)} returning id`;
}
