import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import type { Sums } from "./find.ts";

/** The ledger of one issue counted in two ways, at one instant. */
export interface Recount {
  /** From batch sizes and exceptions, as every status shows them. */
  readonly summed: Sums;
  /** Delivery by delivery, each with the batch that it belongs to. */
  readonly counted: Sums;
  /** Deliveries that no batch holds. */
  readonly homeless: number;
  /** Batches whose size is not the number of their members, the first twenty. */
  readonly sizes: { readonly batch: number; readonly size: number; readonly members: number }[];
}

interface Row {
  readonly way: "summed" | "counted";
  readonly state: string;
  readonly n: number;
}

/**
 * Recounts an issue row by row. One statement reads both ways, so that mails leaving meanwhile cannot make them differ; a
 * million deliveries take about a second.
 */
export async function recount(ctx: AppContext, issue: number): Promise<Recount> {
  const home = sql`coalesce(d.batch, (select r.id from batches r where r.issue = d.issue and r.first <= d.subscriber
    order by r.first desc limit 1))`;
  const { rows } = await sql<Row>`
    select 'summed' way, state, sum(n) n from (
      select state, sum(size) n from batches where issue = ${issue} group by state
      union all select state, count(*) from deliveries where issue = ${issue} and state is not null group by state) group by state
    union all
    select 'counted', state, count(*) from (
      select case when b.id is null then 'homeless' else coalesce(d.state, b.state) end state
      from deliveries d left join batches b on b.id = ${home} and b.issue = d.issue
        and (d.batch is not null or b.last >= d.subscriber)
      where d.issue = ${issue}) group by state`.execute(ctx.store.db);
  const { rows: sizes } = await sql<Recount["sizes"][number]>`
    select batch, size, members from (
      select b.id batch, b.size, (
          select count(*) from deliveries d where d.issue = b.issue and d.subscriber between b.first and b.last
            and d.batch is null and d.state is null)
        + (select count(*) from deliveries d where d.batch = b.id and d.state is null) members
      from batches b where b.issue = ${issue})
    where size <> members order by batch limit 20`.execute(ctx.store.db);
  const homeless = rows.find(({ way, state }) => way === "counted" && state === "homeless")?.n ?? 0;
  return { summed: sumsOf(rows, "summed"), counted: sumsOf(rows, "counted"), homeless, sizes };
}

function sumsOf(rows: readonly Row[], way: Row["way"]): Sums {
  const of = (...states: string[]) =>
    rows.filter((row) => row.way === way && states.includes(row.state)).reduce((sum, row) => sum + row.n, 0);
  return {
    planned: of("planned", "claimed", "accepted", "failed", "skipped", "in_doubt", "homeless"),
    open: of("planned", "claimed"),
    accepted: of("accepted"),
    failed: of("failed"),
    skipped: of("skipped"),
    inDoubt: of("in_doubt"),
  };
}

/** What became of one reader's mail. Times in ms UTC. */
export interface ReaderMail {
  readonly state: "planned" | "claimed" | "accepted" | "failed" | "skipped" | "in_doubt";
  /** Why, where there is something to say. */
  readonly reason: string | null;
  /** When it came to that. */
  readonly at: number | null;
  /** The provider's own id of the mail, once accepted. */
  readonly mail: string | null;
  /** What the provider reported later. */
  readonly feedback: "bounced" | "complained" | "suppressed" | "failed" | null;
}

/** Who got it: the delivery of one subscriber; null for somebody to whom the issue was never owed. */
export async function findReaderMail(ctx: AppContext, issue: number, subscriber: number): Promise<ReaderMail | null> {
  const { rows } = await sql<ReaderMail>`
    select coalesce(d.state, b.state) state, coalesce(d.reason, iif(d.state is null, b.error, null)) reason,
      coalesce(d.at, iif(d.state is null, b.settled_at, null)) at, d.feedback,
      (select nullif(j.value ->> 1, '') from json_each(b.receipt) j where j.value ->> 0 = d.subscriber) mail
    from deliveries d join batches b on b.id = coalesce(d.batch, (select r.id from batches r
      where r.issue = d.issue and r.first <= d.subscriber order by r.first desc limit 1))
    where d.issue = ${issue} and d.subscriber = ${subscriber}`.execute(ctx.store.db);
  return rows[0] ?? null;
}
