import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";

const minute = 60_000;
const day = 24 * 60 * minute;

/** Sign-ups are counted in stretches of so many ms. */
export const stretch = 10 * minute;

/** A limit looks back over so many ms: the present stretch and the five before. */
export const lookBack = 60 * minute;

/** How far back a domain's daily limit looks, in ms. */
export const lookBackDay = day;

/** How long counts are kept: those of all sign-ups tell what is usual, those of domains limit a day, the others an hour. */
const kept = { total: 8 * day, domain: day + 60 * minute, other: 2 * 60 * minute } as const;

/** What is counted, as keys of the table: words, ids and keyed hashes, never an address. */
export const rateKey = {
  total: "total",
  /** No counts, and at start 0: when the last mail of the slow lane is due, and what the sign-up that is being taken was judged to be. */
  lane: "lane",
  verdict: "verdict",
  newsletter: (id: number) => `newsletter:${id}`,
  network: (hash: string) => `network:${hash}`,
  domain: (hash: string) => `domain:${hash}`,
} as const;

/** The start of the stretch that a time lies in. */
export function stretchOf(at: number): number {
  return Math.floor(at / stretch) * stretch;
}

/** SQL: true for stretches after `since` up to the present one; what a clock that was ahead has counted is none of them. */
function within(since: RawBuilder<number>): RawBuilder<boolean> {
  return sql<boolean>`start > ${since} and start <= ${since} + ${sql.lit(lookBack)}`;
}

/** SQL: sign-ups counted under a key in the hour after `since`. */
export function counted(key: RawBuilder<string>, since: RawBuilder<number>): RawBuilder<number> {
  return sql<number>`(select coalesce(sum(n), 0) from rates where key = ${key} and ${within(since)})`;
}

/** SQL: a select of one row, sign-ups under a key in the hour after `since` as `hour`, and in all since `sinceDay` as `day`. */
export function countedDay(
  key: RawBuilder<string>,
  at: { since: RawBuilder<number>; sinceDay: RawBuilder<number> },
): RawBuilder<unknown> {
  return sql`select coalesce(sum(iif(start > ${at.since}, n, 0)), 0) hour, coalesce(sum(n), 0) day from rates
    where key = ${key} and start > ${at.sinceDay} and start <= ${at.since} + ${sql.lit(lookBack)}`;
}

/** SQL: the highest count of that hour among the keys of a JSON list. */
export function countedMost(keys: RawBuilder<string>, since: RawBuilder<number>): RawBuilder<number> {
  return sql<number>`(select coalesce(max(n), 0) from (select sum(r.n) n from rates r
    where r.key in (select value from json_each(${keys})) and ${within(since)} group by r.key))`;
}

/** SQL: sign-ups of the last ten minutes; `share` of the stretch before still lies in them. */
export function countedLately(start: RawBuilder<number>, share: RawBuilder<number>): RawBuilder<number> {
  return sql<number>`(select coalesce(sum(iif(start = ${start}, n, n * ${share})), 0) from rates
    where key = ${rateKey.total} and start between ${start} - ${sql.lit(stretch)} and ${start})`;
}

/** SQL: a select of one row, all sign-ups of the hour after `since` as `total` and those of the last ten minutes as `lately`. */
export function countedTotal(at: {
  since: RawBuilder<number>;
  start: RawBuilder<number>;
  share: RawBuilder<number>;
}): RawBuilder<unknown> {
  return sql`select coalesce(sum(n), 0) total,
      coalesce(sum(iif(start = ${at.start}, n, iif(start = ${at.start} - ${sql.lit(stretch)}, n * ${at.share}, 0))), 0) lately
    from rates where key = ${sql.lit(rateKey.total)} and ${within(at.since)}`;
}

/** How much of the stretch before the present one lies within the last ten minutes. */
export function shareBefore(now: number): number {
  return 1 - (now - stretchOf(now)) / stretch;
}

/** SQL: what is kept under a key that is no count; null where nothing ever was. */
export function held(key: "lane" | "verdict"): RawBuilder<number | null> {
  return sql<number | null>`(select n from rates where key = ${sql.lit(rateKey[key])} and start = 0)`;
}

/**
 * Statement: one more under each key of a JSON list, and what `judged` says, a select of one row: verdict, and when the slow lane
 * ends now. It is judged before it is counted, and as many rows are written whatever is in them (I7).
 */
export function count(
  keys: RawBuilder<string>,
  start: RawBuilder<number>,
  judged: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`insert into rates (key, start, n)
    with c as materialized (${judged})
    select value, cast(${start} as integer), 1 from json_each(${keys})
    union all select ${sql.lit(rateKey.lane)}, 0, cast(lane as integer) from c
    union all select ${sql.lit(rateKey.verdict)}, 0, verdict from c where true
    on conflict (key, start) do update set n = iif(start = 0, excluded.n, n + 1)`;
}

/** How many sign-ups the present ten minutes had on average of the last seven days. */
export async function readUsual(ctx: AppContext): Promise<number> {
  const start = stretchOf(ctx.clock());
  const starts = JSON.stringify([1, 2, 3, 4, 5, 6, 7].map((days) => start - days * day));
  const { rows } = await sql<{ n: number }>`select coalesce(sum(n), 0) / 7.0 n from rates
    where key = ${rateKey.total} and start in (select value from json_each(${starts}))`.execute(ctx.store.db);
  return rows[0]?.n ?? 0;
}

/** Forgets counts that nothing looks back to; tells how many. */
export async function purgeRates(ctx: AppContext): Promise<number> {
  const now = ctx.clock();
  const [done] = await ctx.store.commit(
    sql`delete from rates where start > 0 and start < ${now} - case when key = ${rateKey.total} then ${kept.total}
      when instr(key, ${rateKey.domain("")}) = 1 then ${kept.domain} else ${kept.other} end and start < ${now - kept.other}`,
  );
  return done.changes;
}
