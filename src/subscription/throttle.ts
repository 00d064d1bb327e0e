import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { coolDown } from "../delivery/mailbox.ts";
import { longestLane } from "./guard.ts";

const day = 24 * 3_600_000;

/** A mail that only waits its turn is due no later than this from now, in ms: three a day, ten minutes apart. */
const inTurn = (coolDown.perDay - 1) * coolDown.gap;

/** No mail is ever due later than this from now, in ms; what is said to be only a clock knew that was ahead. */
const furthest = longestLane + coolDown.perMonth * coolDown.gap;

/** So many times of mails are kept for an address: as many as its limits look at. */
const kept = coolDown.perMonth;

/**
 * SQL over the throttle of one address, for the commit that answers whoever asks: `dueAt` is when the next mail may leave, `slowAt`
 * when one may that goes by the slow lane, `tooMany` whether none may.
 */
export interface Slot {
  readonly dueAt: RawBuilder<number>;
  readonly slowAt: RawBuilder<number>;
  tooMany(slow: RawBuilder<boolean>): RawBuilder<boolean>;
}

/**
 * SQL: the times of the mails to an address, those that wait among them, as JSON, newest first; null where there are none. `key`
 * is a keyed hash of its canonical form, which several subscribers may share (ADR-05).
 */
export function mailTimes(key: RawBuilder<string>, now: RawBuilder<number>): RawBuilder<string | null> {
  return sql<string | null>`(select iif(${isBeyond(now)},
    (select json_group_array(value) from (${believed(now)} order by value desc)), times) from throttles where key = ${key})`;
}

/**
 * The cool-down of an address over its `times`. A mail that leaves at once keeps its distance from those that have left or wait
 * their turn, and overtakes those that wait in the slow lane: no stranger can hold up a reader by asking in their name. `own` is
 * when the slow mail is due that takes this request in; null: none does.
 */
export function mailSlot(
  times: RawBuilder<string | null>,
  now: RawBuilder<number>,
  own: RawBuilder<number | null> = sql`null`,
): Slot {
  const nth = (place: number) => sql<number | null>`json_extract(${times}, ${sql.lit(`$[${place}]`)})`;
  const after = (time: RawBuilder<number | null>) =>
    sql<number>`cast(max(${now}, coalesce(${time} + ${sql.lit(coolDown.gap)}, 0)) as integer)`;
  const slowAt = after(nth(0));
  const dueAt =
    after(sql`case when ${times} is null then null when ${nth(0)} <= ${now} + ${sql.lit(inTurn)} and ${nth(0)} is not ${own} then ${nth(0)}
    else (select max(value) from json_each(${times}) where value <= ${now} + ${sql.lit(inTurn)} and value is not ${own}) end`);
  return {
    dueAt,
    slowAt,
    tooMany: (slow) => {
      const due = sql<number>`iif(${slow}, ${slowAt}, ${dueAt})`;
      const within = (place: number, span: number) =>
        sql`(${nth(place)} is not null and ${due} - ${nth(place)} < ${sql.lit(span)})`;
      return sql<boolean>`(${times} is not null and (${within(coolDown.perDay - 1, day)} or ${within(coolDown.perMonth - 1, 30 * day)}))`;
    },
  };
}

/**
 * Statement, after the one that owes a mail: notes its time. `owed` is when it is due, null where none is; `moved`: whether it
 * waited before, at another time. One row is written either way (I7), and what another mail takes in uses up nothing.
 */
export function noteMail(
  key: RawBuilder<string>,
  owed: RawBuilder<number | null>,
  now: RawBuilder<number>,
  moved: RawBuilder<boolean> = sql`false`,
): RawBuilder<unknown> {
  const due = sql`json_extract(excluded.times, '$[0]')`;
  // The place that it had: the next behind it where it was pulled forward, the last before it where it was put off.
  const former = sql`iif(${moved}, coalesce((select min(value) from json_each(times) where value > ${due}),
    (select max(value) from json_each(times))), null)`;
  return sql`
    insert into throttles (key, kind, times, until)
    values (${key}, 'address', json_array(coalesce(${owed}, 0)), cast(${now} as integer) + ${sql.lit(30 * day)})
    on conflict (key) do update set until = excluded.until, times = case
      when not ${isBeyond(now)} and (not ${due} between 1 and ${now} + ${sql.lit(furthest)}
        or exists (select 1 from json_each(times) where value = ${due})) then times
      else (select json_group_array(value) from (select value from (${believed(now)} where value is not ${former}
        union all select ${due} where ${due} between 1 and ${now} + ${sql.lit(furthest)}) order by value desc limit ${sql.lit(kept)})) end`;
}

/** SQL over a throttle: true where it holds a time that only a clock knew that was ahead. */
function isBeyond(now: RawBuilder<number>): RawBuilder<boolean> {
  return sql<boolean>`json_extract(times, '$[0]') > ${now} + ${sql.lit(furthest)}`;
}

/** SQL over a throttle: a select of its times; one that cannot be counts as now, so that nobody waits for it nor gets more. */
function believed(now: RawBuilder<number>): RawBuilder<unknown> {
  return sql`select iif(value > ${now} + ${sql.lit(furthest)}, cast(${now} as integer), value) value from json_each(times)`;
}

/** Forgets throttles whose time is over; tells how many. */
export async function purgeThrottles(ctx: AppContext): Promise<number> {
  const [done] = await ctx.store.commit(sql`delete from throttles where until < ${ctx.clock()}`);
  return done.changes;
}
