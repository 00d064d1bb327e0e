import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";

/** So many members are moved in one commit: some 20 ms, so that sign-ups never wait long. */
export const mostMoved = 5_000;

/** What a provider takes less of at a time is split when it is paid. */
const perBatch = 100;

/** A batch as new, for a person's word: a key that was never used, members rechecked and frozen at its next claim. */
const afresh = sql`state = 'planned', attempt = attempt + 1, tries = 0, due_at = 0, holder = null, members = null,
  payload_hash = null, frozen_at = null, tried_at = null, first_sent_at = null, receipt = null, error = null, settled_at = null`;

/** Of a cancelled issue nothing is owed again, also where it was cancelled just now. */
const isGoing = (issue: number) =>
  sql`exists (select 1 from issues where id = ${issue} and status in ('sending', 'paused'))`;

/** SQL: true where a mail of an issue has failed. */
export function hasFailed(issue: number): RawBuilder<boolean> {
  return sql<boolean>`(exists (select 1 from batches where issue = ${issue} and state = 'failed' and size > 0)
    or exists (select 1 from deliveries where issue = ${issue} and state = 'failed'))`;
}

/** Statement: batches that failed as a whole are owed again; returns their sizes. */
export function retryFailedBatches(issue: number): RawBuilder<{ size: number }> {
  return sql<{ size: number }>`update batches set ${afresh}
    where issue = ${issue} and state = 'failed' and size > 0 and ${isGoing(issue)} returning size`;
}

/** Statement: these batches in doubt are owed again; returns their sizes. */
export function resendBatches(issue: number, ids: readonly number[]): RawBuilder<{ size: number }> {
  return sql<{ size: number }>`update batches set ${afresh}
    where id in (select value from json_each(${JSON.stringify(ids)})) and issue = ${issue} and state = 'in_doubt'
      and ${isGoing(issue)} returning size`;
}

/** Readers of an issue whose own state is this one, in order: at most `mostMoved` behind `after`. */
export async function ownMembers(
  ctx: AppContext,
  issue: number,
  state: "failed" | "in_doubt",
  after = 0,
): Promise<number[]> {
  const { rows } = await sql<{ subscriber: number }>`
    select subscriber from deliveries where issue = ${issue} and state = ${state} and subscriber > ${after}
    order by subscriber limit ${mostMoved}`.execute(ctx.store.db);
  return rows.map(({ subscriber }) => subscriber);
}

/**
 * Statements for one commit: readers with a state of their own move to fresh batches, to be owed again.
 * Whoever has another state by then stays where they are.
 */
export function moveMembers(
  issue: number,
  members: readonly number[],
  from: "failed" | "in_doubt",
): readonly [RawBuilder<unknown>, RawBuilder<{ subscriber: number }>, RawBuilder<unknown>] {
  // A bound number may arrive as a real one, and would divide as such: every reader in a batch alone.
  const groups = sql`select d.subscriber, (row_number() over (order by d.subscriber) - 1) / cast(${perBatch} as integer) g
    from deliveries d where d.issue = ${issue} and d.state = ${from}
      and d.subscriber in (select value from json_each(${JSON.stringify(members)})) and ${isGoing(issue)}`;
  return [
    sql`insert into batches (lane, issue, size, state, due_at)
      select 1, ${issue}, 0, 'planned', 0 from (${groups}) group by g`,
    // Ids that one statement gives out follow one another, so that the groups are counted back from the last.
    sql<{ subscriber: number }>`insert into deliveries (issue, subscriber, batch)
      select ${issue}, subscriber, (select max(id) from batches) - g from (${groups}) where true
      on conflict (issue, subscriber) do update set batch = excluded.batch, state = null, reason = null, at = null,
        feedback = null
      returning subscriber`,
    sql`update batches set size = (select count(*) from deliveries d where d.batch = batches.id and d.state is null)
      where issue = ${issue} and state = 'planned' and first is null and size = 0`,
  ];
}
