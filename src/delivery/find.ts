import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import type { NoticeRow } from "../store/rows.ts";
import { nextCall } from "./outlet.ts";

/** Deliveries of an issue by state; they add up to `planned` at every moment. */
export interface Sums {
  readonly planned: number;
  /** Planned or claimed: still to be paid. */
  readonly open: number;
  readonly accepted: number;
  readonly failed: number;
  readonly skipped: number;
  readonly inDoubt: number;
}

/** SQL: true from the commit on that wrote the sums of an issue down; its deliveries count no more, and are being deleted. */
export function isRetired(issue: number): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from issues where id = ${issue} and sums is not null)`;
}

/** SQL: deliveries of an issue by state, as rows `(state, n)` of which several may have the same state. */
export function countsByState(issue: number): RawBuilder<{ state: string; n: number }> {
  return sql`select state, sum(size) n from batches where issue = ${issue} group by state
    union all select state, count(*) n from deliveries where issue = ${issue} and state is not null group by state`;
}

/** The sums of one issue, from batches and exceptions, without counting readers; once written down, as they were then. */
export async function sumDeliveries(ctx: AppContext, issue: number): Promise<Sums> {
  const { rows } = await sql<{ state: string; n: number }>`
    select state, sum(n) n from (
      select state, n from (${countsByState(issue)}) where not ${isRetired(issue)}
      union all select j.key, j.value from issues i, json_each(i.sums) j where i.id = ${issue} and j.type = 'integer')
    group by state`.execute(ctx.store.db);
  const of = (...states: string[]) =>
    rows.filter((row) => states.includes(row.state)).reduce((sum, row) => sum + row.n, 0);
  return {
    planned: rows.reduce((sum, row) => sum + row.n, 0),
    open: of("planned", "claimed"),
    accepted: of("accepted"),
    failed: of("failed"),
    skipped: of("skipped"),
    inDoubt: of("in_doubt"),
  };
}

/** Why deliveries of an issue ended as they did, where that needs a word; commonest first. */
export async function listReasons(
  ctx: AppContext,
  issue: number,
): Promise<{ state: string; reason: string; n: number }[]> {
  const { rows } = await sql<{ state: string; reason: string; n: number }>`
    select state, reason, sum(n) n from (
      select state, coalesce(reason, '') reason, count(*) n from deliveries
        where issue = ${issue} and state is not null and (state <> 'accepted' or reason is not null) group by state, reason
      union all select state, coalesce(error, '') reason, sum(size) n from batches
        where issue = ${issue} and (state in ('failed', 'in_doubt', 'skipped') or (state = 'accepted' and error is not null))
        group by state, error)
    where not ${isRetired(issue)}
    group by state, reason having sum(n) > 0
    union all select j.value ->> 'state', j.value ->> 'reason', j.value ->> 'n' from issues i, json_each(i.sums, '$.reasons') j
      where i.id = ${issue}
    order by n desc, state, reason limit 20`.execute(ctx.store.db);
  return rows;
}

/** The notices of a claimed batch that still count, oldest first. */
export async function noticesOf(ctx: AppContext, batch: number): Promise<NoticeRow[]> {
  return ctx.store.db
    .selectFrom("notices")
    .selectAll()
    .where("batch", "=", batch)
    .where("state", "is", null)
    .orderBy("id")
    .execute();
}

/**
 * When the next turn has something to do, in ms UTC; null when nothing is owed. An issue still to be planned or finished is
 * due at once: whoever began with it may have died before its first batch or after its last. A cancelled one is due when the
 * lease ends of whoever may have died with a batch of it.
 */
export async function nextDue(ctx: AppContext): Promise<number | null> {
  // What needs no call, such as planning, does not wait for one.
  const call = sql`coalesce(${nextCall(ctx)}, 0)`;
  const { rows } = await sql<{ due: number | null }>`
    select min(due) due from (
      select max(min(due_at), ${call}) due from batches where lane = 0 and state in ('planned', 'claimed')
      union all select max(min(due_at), ${call}) from notices where batch is null and state is null
      union all select * from (select max(b.due_at, ${call}) from batches b where b.lane = 1 and b.state in ('planned', 'claimed')
        and exists (select 1 from issues i where i.id = b.issue and i.status = 'sending') order by b.due_at limit 1)
      union all select 0 from issues i where i.status = 'sending' and (i.planned_at is null or not exists (
        select 1 from batches b where b.issue = i.id and b.state in ('planned', 'claimed')))
      union all select coalesce((select min(iif(b.state = 'claimed' and b.holder is not null, b.due_at, 0)) from batches b
        where b.issue = i.id and b.state in ('planned', 'claimed')), 0)
        from issues i where i.status = 'cancelled' and i.finished_at is null)`.execute(ctx.store.db);
  return rows[0]?.due ?? null;
}

/** What an issue still waits for: its open batches. Times in ms UTC. */
export interface OpenWork {
  /** When the next of them can be paid; null when none is open. */
  readonly dueAt: number | null;
  /** How many a process holds, or held when it ended. */
  readonly held: number;
  /** When the last of these is free again, whatever has become of its holder; null where none is held. */
  readonly heldUntil: number | null;
}

/** The batches of an issue that are planned or claimed. */
export async function openWork(ctx: AppContext, issue: number): Promise<OpenWork> {
  const { rows } = await sql<OpenWork>`
    select max(min(due_at), coalesce(${nextCall(ctx)}, 0)) dueAt, count(holder) held,
      max(iif(holder is null, null, due_at)) heldUntil from batches
    where issue = ${issue} and state in ('planned', 'claimed')`.execute(ctx.store.db);
  return rows[0] ?? { dueAt: null, held: 0, heldUntil: null };
}

/** How a notice stands; `waiting` until it has left or surely never will. */
export interface NoticeStatus {
  readonly id: number;
  readonly kind: NoticeRow["kind"];
  readonly state: "waiting" | "accepted" | "failed" | "skipped" | "in_doubt";
  /** Why it waits, failed or was skipped. */
  readonly reason: string | null;
  readonly dueAt: number;
  readonly settledAt: number | null;
  /** The provider's own id of the mail, once accepted. */
  readonly mail: string | null;
}

/** The status of one notice; throws `not-found`. */
export async function noticeStatus(ctx: AppContext, id: number): Promise<NoticeStatus> {
  const row = await ctx.store.db
    .selectFrom("notices as n")
    .leftJoin("batches as b", "b.id", "n.batch")
    .select(["n.id", "n.kind", "n.state as own", "n.reason", "n.due_at", "b.state", "b.error", "b.receipt"])
    .select(["b.due_at as retry", "b.settled_at"])
    .where("n.id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw new AppError("not-found", `There is no notice ${id}.`);
  const paid = row.state === null || row.state === "planned" || row.state === "claimed" ? "waiting" : row.state;
  const receipt = JSON.parse(row.receipt ?? "[]") as [number, string][];
  return {
    id: row.id,
    kind: row.kind,
    state: row.own ?? paid,
    reason: row.own === null ? row.error : row.reason,
    dueAt: row.retry ?? row.due_at,
    settledAt: row.settled_at,
    mail: row.own === null ? (receipt.find(([notice]) => notice === id)?.[1] ?? null) : null,
  };
}
