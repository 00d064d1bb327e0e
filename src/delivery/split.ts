import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import type { Claim } from "./claim.ts";
import { held, mine } from "./held.ts";
import { closeJournal } from "./journal.ts";

const afresh = sql`attempt = attempt + 1, members = null, payload_hash = null, first_sent_at = null, holder = null,
  state = 'planned', due_at = 0, tries = 0`;

/**
 * Halves a batch of an issue that was surely not sent because of one of its members (REL-07): the right half becomes a batch of
 * its own, the left stays, both under new keys. `members` are subscriber ids in order, at least two.
 */
export async function splitIssueBatch(ctx: AppContext, claim: Claim, members: readonly number[]): Promise<void> {
  const half = Math.ceil(members.length / 2);
  const right = members.slice(half);
  const [start] = right;
  if (start === undefined) throw new Error("a batch of one is not split");
  const isMoved = held(claim, sql`first is null`);
  const born = sql`(select max(id) from batches where lane = 1 and first is null and issue = (select issue from batches where id = ${claim.id}))`;
  await ctx.store.commit(
    sql`insert into batches (lane, issue, first, last, size, state, due_at, tried_at)
      select 1, issue, iif(first is null, null, ${start}), iif(first is null, null, last), ${right.length}, 'planned', 0, tried_at
      from batches where ${mine(claim)}`,
    sql`update deliveries set batch = ${born} where issue = (select issue from batches where id = ${claim.id})
      and subscriber in (select value from json_each(${JSON.stringify(right)})) and batch = ${claim.id} and ${isMoved}`,
    sql`update batches set last = ${start - 1}, size = ${half}, ${afresh} where ${mine(claim)} and first is not null`,
    sql`update batches set size = ${half}, ${afresh} where ${mine(claim)} and first is null`,
    closeJournal(claim.id),
  );
}

/** Halves a batch of notices in the same way. `members` are notice ids in order, at least two. */
export async function splitNotices(ctx: AppContext, claim: Claim, members: readonly number[]): Promise<void> {
  const half = Math.ceil(members.length / 2);
  const right = JSON.stringify(members.slice(half));
  await ctx.store.commit(
    // A fence of 1: only a batch that a claim makes starts lower, and it alone takes in notices that wait.
    sql`insert into batches (lane, size, state, due_at, fence, tried_at)
      select 0, ${members.length - half}, 'planned', 0, 1, tried_at from batches where ${mine(claim)}`,
    sql`update notices set batch = (select max(id) from batches where lane = 0)
      where id in (select value from json_each(${right})) and batch = ${claim.id} and ${held(claim)}`,
    sql`update batches set size = ${half}, content = null, ${afresh} where ${mine(claim)}`,
    closeJournal(claim.id),
  );
}
