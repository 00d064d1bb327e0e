import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { held, type Lease } from "./held.ts";

const hour = 3_600_000;
const day = 24 * hour;

/** The windows that limits are given for, by the clock in UTC: where the present ones begin, ms. */
export function windowsAt(now: number): Readonly<Record<"hour" | "day", number>> {
  return { hour: now - (now % hour), day: now - (now % day) };
}

/** When the present window is over, ms UTC. */
export function windowEnd(span: "hour" | "day", now: number): number {
  return windowsAt(now)[span] + (span === "hour" ? hour : day);
}

/** Mails of issues in an hour, of the first day of a warm-up, and when that began; null: no such limit. */
export type Policy = readonly [hourly: number | null, warmUp: number | null, since: number | null];

/** What a claim finds of limits, and of what counts against them. */
export interface Room {
  readonly newsletter: number;
  /** Of the instance, and of the newsletter. */
  readonly policies: readonly [Policy, Policy];
  /** Mails in an hour to each domain that is limited. */
  readonly domains: Readonly<Record<string, number>>;
  /** Mails that left in the present windows. */
  readonly left: readonly (readonly [key: string, span: "hour" | "day", mails: number])[];
  /** Batches in other hands, or that wait to repeat a call: `isSure` 1 once their bytes were about to leave. */
  readonly flying: readonly (readonly [
    newsletter: number,
    size: number,
    isSure: 0 | 1,
    domains: Readonly<Record<string, number>>,
  ])[];
}

const ofBatch = sql`issues o join newsletters n on n.id = o.newsletter join instance i on i.id = 1 where o.id = batches.issue`;

/** SQL, in a statement on `batches`: true where the issue of a batch is limited in any way. */
export const isLimited = sql<
  0 | 1
>`(select i.hourly_limit is not null or i.warmup_first is not null or i.domain_limits <> '{}'
  or n.hourly_limit is not null or n.warmup_first is not null from ${ofBatch})`;

/** Statement, in the commit that claims a batch of an issue: what limits leave to it, a `Room` as JSON. */
export function findRoom(holder: string, now: number): RawBuilder<{ room: string }> {
  const start = windowsAt(now);
  const flying = (
    held: RawBuilder<unknown>,
  ) => sql`select s.newsletter, b.size, b.payload_hash is not null sure, b.members
    from batches b join issues s on s.id = b.issue where b.state = 'claimed' and b.holder ${held} and b.id <> batches.id`;
  return sql<{ room: string }>`
    select (select json_object('newsletter', n.id,
        'policies', json_array(json_array(i.hourly_limit, i.warmup_first, i.warmup_since),
          json_array(n.hourly_limit, n.warmup_first, n.warmup_since)),
        'domains', json(i.domain_limits),
        'left', json((select json_group_array(json_array(m.key, m.span, m.mails)) from meters m
          where m.start in (${start.hour}, ${start.day}) and m.start = iif(m.span = 'hour', ${start.hour}, ${start.day}))),
        'flying', json((select json_group_array(json_array(f.newsletter, f.size, f.sure, json((
            select json_group_object(l.key, (
              select count(*) from json_each(f.members) r where ${endsIn(sql`r.value ->> 1`, sql`l.key`)}))
            from json_each(i.domain_limits) l))))
          from (${flying(sql`is null`)} union all ${flying(sql`> ''`)}) f))) from ${ofBatch}) room
    from batches where holder = ${holder} and state = 'claimed'`;
}

/** Whether an address is of a domain, in letters of any size; a name is longer than the patterns that D1 takes. */
function endsIn(email: RawBuilder<unknown>, domain: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`lower(substr(${email}, -1 - length(${domain}))) = '@' || ${domain}`;
}

/** The limited domain that an address belongs to, or null. */
export function limitedDomain(domains: Room["domains"], email: string): string | null {
  const domain = email.slice(email.lastIndexOf("@") + 1).toLowerCase();
  return Object.hasOwn(domains, domain) ? domain : null;
}

/** Of the first day so many, then twice as many each day of the clock; null beyond a million, where a warm-up ends. */
export function warmUpLimit([, first, since]: Policy, now: number): { mails: number; day: number } | null {
  if (first === null) return null;
  const days = Math.max(0, (windowsAt(now).day - windowsAt(since ?? now).day) / day);
  const mails = first * 2 ** Math.min(days, 40);
  return mails > 1_000_000 ? null : { mails, day: days + 1 };
}

/** What is to be charged: a claim, with its members as frozen and the room that it was given. */
interface Charged extends Lease {
  readonly members: string | null;
  readonly room?: string | null;
}

/**
 * Statements, before those that settle the claim in the same commit: the mails of an issue's batch that have left, or may have,
 * count from now on. None where no limit is set.
 */
export function charge(ctx: AppContext, claim: Charged): RawBuilder<unknown>[] {
  if (!claim.room) return [];
  const now = ctx.clock();
  const room = JSON.parse(claim.room) as Room;
  const gone = JSON.parse(claim.members ?? "[]") as [id: number, email: string][];
  const start = windowsAt(now);
  const sums = new Map<string, number>();
  for (const [, email] of gone) {
    const domain = limitedDomain(room.domains, email);
    if (domain !== null) sums.set(`domain:${domain}`, (sums.get(`domain:${domain}`) ?? 0) + 1);
  }
  const rows: [string, "hour" | "day", number, number][] = [...sums].map(([key, n]) => [key, "hour", start.hour, n]);
  for (const [place, key] of ["all", `newsletter:${room.newsletter}`].entries()) {
    const policy = room.policies[place];
    if (policy === undefined || gone.length === 0) continue;
    if (policy[0] !== null) rows.push([key, "hour", start.hour, gone.length]);
    if (warmUpLimit(policy, now) !== null) rows.push([key, "day", start.day, gone.length]);
  }
  if (rows.length === 0) return [];
  return [
    sql`insert into meters (key, span, start, mails)
      select j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3 from json_each(${JSON.stringify(rows)}) j
      where ${held(claim)}
      on conflict (key, span, start) do update set mails = mails + excluded.mails`,
  ];
}

/** SQL: true where there is a limit of any kind. */
const isAnyLimited = sql`(exists (select 1 from instance where hourly_limit is not null or warmup_first is not null
  or domain_limits <> '{}') or exists (select 1 from newsletters where hourly_limit is not null or warmup_first is not null))`;

/**
 * Statement: the same for batches in nobody's hands that come to an end without a claim, before the statement that ends them.
 * `where` picks them by columns of `batches`. Does nothing where no limit is set.
 */
export function chargeUnheld(where: RawBuilder<unknown>, now: number): RawBuilder<unknown> {
  return chargeBatches(sql`select * from batches where ${isAnyLimited} and ${where}`, now);
}

/** Statement: the same for the one batch of `where`, of which only these readers' mails have left or may have. */
export function chargeSome(where: RawBuilder<unknown>, readers: readonly number[], now: number): RawBuilder<unknown> {
  const left = sql`select value from json_each(${JSON.stringify(readers)})`;
  return chargeBatches(
    sql`select issue, ${readers.length} size, (
        select json_group_array(json(m.value)) from json_each(batches.members) m where m.value ->> 0 in (${left})) members
      from batches where ${isAnyLimited} and ${where}`,
    now,
  );
}

/** Counts the members of the batches that `chosen` selects: their issue, size and members. */
function chargeBatches(chosen: RawBuilder<unknown>, now: number): RawBuilder<unknown> {
  const start = windowsAt(now);
  return sql`
    insert into meters (key, span, start, mails)
    select key, span, start, sum(n) from (
      with b as not materialized (select k.size, k.members, o.newsletter, n.hourly_limit, n.warmup_first
        from (${chosen}) k
        join issues o on o.id = k.issue join newsletters n on n.id = o.newsletter)
      select 'all' key, 'hour' span, ${start.hour} start, b.size n from b, instance
        where instance.hourly_limit is not null
      union all select 'all', 'day', ${start.day}, b.size from b, instance where instance.warmup_first is not null
      union all select 'newsletter:' || b.newsletter, 'hour', ${start.hour}, b.size from b where b.hourly_limit is not null
      union all select 'newsletter:' || b.newsletter, 'day', ${start.day}, b.size from b where b.warmup_first is not null
      union all select 'domain:' || j.key, 'hour', ${start.hour}, (
          select count(*) from json_each(b.members) where ${endsIn(sql`json_each.value ->> 1`, sql`j.key`)})
        from b, instance, json_each(instance.domain_limits) j)
    where true group by key, span, start having sum(n) > 0
    on conflict (key, span, start) do update set mails = mails + excluded.mails`;
}

/** Forgets windows that are over; returns how many. */
export async function purgeMeters(ctx: AppContext): Promise<number> {
  const { rows } = await sql<{ key: string }>`
    delete from meters where start < ${windowsAt(ctx.clock()).day - day} returning key`.execute(ctx.store.db);
  return rows.length;
}
