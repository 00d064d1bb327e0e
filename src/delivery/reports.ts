import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";

/** A report of a provider as it came in; `event` is the provider's own id of it, the same for every repeat. */
export interface StoredReport {
  readonly provider: string;
  readonly event: string;
  /** Ms UTC. */
  readonly receivedAt: number;
  readonly body: string;
}

/**
 * Keeps a report before it is answered for (REL-16); false where it is known already. One that could not be read is taken
 * afresh, so that the provider's replay helps once Tidings understands it.
 */
export async function keepReport(ctx: AppContext, report: Omit<StoredReport, "receivedAt">): Promise<boolean> {
  const [done] = await ctx.store.commit(
    sql<{ event: string }>`
      insert into webhooks (provider, event, received_at, body)
      values (${report.provider}, ${report.event}, ${ctx.clock()}, ${report.body})
      on conflict (provider, event) do update
        set received_at = excluded.received_at, body = excluded.body, applied_at = null, outcome = null
        where webhooks.outcome = 'unreadable'
      returning event`,
  );
  return done.rows.length > 0;
}

/** Reports that wait to be applied, oldest first, at most `most`; those put off are left out. */
export async function waitingReports(ctx: AppContext, most: number): Promise<StoredReport[]> {
  const { rows } = await sql<StoredReport>`
    select provider, event, received_at receivedAt, body from webhooks
    where applied_at is null and received_at <= ${ctx.clock()} order by received_at, provider, event limit ${most}`.execute(
    ctx.store.db,
  );
  return rows;
}

/** When the next report is to be applied, in ms UTC; null when none waits. */
export async function nextReport(ctx: AppContext): Promise<number | null> {
  const { rows } = await sql<{ due: number | null }>`
    select min(received_at) due from webhooks where applied_at is null`.execute(ctx.store.db);
  return rows[0]?.due ?? null;
}

/** SQL: true until the report is applied; it stands in every statement that applies it, so that each counts once. */
export function unapplied({ provider, event }: Pick<StoredReport, "provider" | "event">): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from webhooks w
    where w.provider = ${provider} and w.event = ${event} and w.applied_at is null)`;
}

/**
 * Statement, the last of those that apply a report: `outcome` says what it came to. Its text goes, since it holds an address
 * (LAW-06); its id stays, so that a repeat is known.
 */
export function markApplied(
  { provider, event }: Pick<StoredReport, "provider" | "event">,
  outcome: RawBuilder<string> | string,
  at: number,
): RawBuilder<{ outcome: string }> {
  return sql<{ outcome: string }>`update webhooks set applied_at = ${at}, outcome = ${outcome}, body = ''
    where provider = ${provider} and event = ${event} and applied_at is null returning outcome`;
}

/** Puts a report off until `until`, ms UTC: what it is about is in a worker's hands. */
export async function putOffReport(
  ctx: AppContext,
  { provider, event }: Pick<StoredReport, "provider" | "event">,
  until: number,
): Promise<void> {
  await ctx.store.commit(
    sql`update webhooks set received_at = ${until} where provider = ${provider} and event = ${event} and applied_at is null`,
  );
}

/** Forgets reports that came in before `before` and are applied; at most 10,000 a call. Repeats come no later than a month. */
export async function purgeReports(ctx: AppContext, before: number): Promise<number> {
  const [gone] = await ctx.store.commit(
    sql<{ event: string }>`delete from webhooks where (provider, event) in (
      select provider, event from webhooks where received_at < ${before} and applied_at is not null order by received_at limit 10000)
    returning event`,
  );
  return gone.rows.length;
}
