import { type RawBuilder, sql } from "kysely";
import { rateKey, stretchOf } from "./rates.ts";

const month = 30 * 24 * 3_600_000;

/**
 * Statements, if `when` holds: the clock was ahead and has been set right, so the guard forgets what only the wrong clock knew. What
 * waits leaves now, so that mails noted for later count as mails of now.
 */
export function countNoLonger(now: number, when: RawBuilder<unknown>): RawBuilder<object>[] {
  return [
    sql`update rates set n = min(n, ${now}) where key = ${rateKey.lane} and start = 0 and ${when}`,
    sql`delete from rates where start > ${stretchOf(now)} and ${when}`,
    sql`update throttles set until = min(until, ${now + month}),
        times = (select json_group_array(value) from (select min(value, cast(${now} as integer)) value from json_each(times) order by value desc))
      where (until > ${now + month} or json_extract(times, '$[0]') > ${now}) and ${when}`,
  ];
}
