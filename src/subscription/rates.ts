import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";

const minute = 60_000;
const day = 24 * 60 * minute;

/** Sign-ups are counted in stretches of so many ms. */
export const stretch = 10 * minute;

/** A limit looks back over so many ms: the present stretch and the five before. */
export const lookBack = 60 * minute;

/** How long counts are kept: those of all sign-ups tell what is usual, the others only limit. */
const kept = { total: 8 * day, other: 2 * 60 * minute } as const;

/** What is counted, as keys of the table: words, ids and keyed hashes, never an address. */
export const rateKey = {
  total: "total",
  /** Not a count: when the last mail of the slow lane is due. */
  lane: "lane",
  newsletter: (id: number) => `newsletter:${id}`,
  network: (hash: string) => `network:${hash}`,
  domain: (hash: string) => `domain:${hash}`,
} as const;

/** The start of the stretch that a time lies in. */
export function stretchOf(at: number): number {
  return Math.floor(at / stretch) * stretch;
}

/** SQL: sign-ups counted under a key in stretches after `since`. */
export function counted(key: RawBuilder<string>, since: RawBuilder<number>): RawBuilder<number> {
  return sql<number>`(select coalesce(sum(n), 0) from rates where key = ${key} and start > ${since})`;
}

/** SQL: the highest count among the keys of a JSON list. */
export function countedMost(keys: RawBuilder<string>, since: RawBuilder<number>): RawBuilder<number> {
  return sql<number>`(select coalesce(max(n), 0) from (select sum(r.n) n from rates r
    where r.key in (select value from json_each(${keys})) and r.start > ${since} group by r.key))`;
}

/** SQL: sign-ups of the last ten minutes; `share` of the stretch before still lies in them. */
export function countedLately(start: RawBuilder<number>, share: RawBuilder<number>): RawBuilder<number> {
  return sql<number>`(select coalesce(sum(iif(start = ${start}, n, n * ${share})), 0) from rates
    where key = ${rateKey.total} and start >= ${start} - ${sql.lit(stretch)})`;
}

/** SQL: a select of one row, all sign-ups after `since` as `total` and those of the last ten minutes as `lately`. */
export function countedTotal(at: {
  since: RawBuilder<number>;
  start: RawBuilder<number>;
  share: RawBuilder<number>;
}): RawBuilder<unknown> {
  return sql`select coalesce(sum(n), 0) total,
      coalesce(sum(iif(start = ${at.start}, n, iif(start = ${at.start} - ${sql.lit(stretch)}, n * ${at.share}, 0))), 0) lately
    from rates where key = ${sql.lit(rateKey.total)} and start > ${at.since}`;
}

/** How much of the stretch before the present one lies within the last ten minutes. */
export function shareBefore(now: number): number {
  return 1 - (now - stretchOf(now)) / stretch;
}

/** SQL: when the last mail of the slow lane is due; 0 where none ever was. */
export function laneEnd(): RawBuilder<number> {
  return sql<number>`coalesce((select n from rates where key = ${sql.lit(rateKey.lane)} and start = 0), 0)`;
}

/** Statement: one more under each key of a JSON list, and where the slow lane ends now. As many rows whatever is in them (I7). */
export function count(
  keys: RawBuilder<string>,
  start: RawBuilder<number>,
  lane: RawBuilder<number>,
): RawBuilder<unknown> {
  return sql`insert into rates (key, start, n)
    select value, cast(${start} as integer), 1 from json_each(${keys})
    union all select ${sql.lit(rateKey.lane)}, 0, cast(${lane} as integer) where true
    on conflict (key, start) do update set n = iif(key = ${sql.lit(rateKey.lane)}, excluded.n, n + 1)`;
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
    sql`delete from rates where start < ${now - kept.other} and start > 0
      and (key <> ${rateKey.total} or start < ${now - kept.total})`,
  );
  return done.changes;
}
