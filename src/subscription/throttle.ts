import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { answerGap } from "../delivery/owe.ts";

const minute = 60_000;
const day = 24 * 60 * minute;

/** DOI-22: at least ten minutes between mails, three a day, five in thirty days, per canonical address. */
export const coolDown = { gap: answerGap, perDay: 3, perMonth: 5 } as const;

/**
 * SQL over the throttle of one address, for the commit that answers a sign-up: `dueAt` is when the next mail may leave, `sooner`
 * when one may that takes the place of the newest, `tooMany` whether none may; `take` is the statement that notes it, to be run
 * after the one that owes the mail.
 */
export interface Slot {
  readonly dueAt: RawBuilder<number>;
  readonly sooner: RawBuilder<number>;
  readonly tooMany: RawBuilder<boolean>;
  readonly take: RawBuilder<unknown>;
}

/**
 * The cool-down of an address; `key` is a keyed hash of its canonical form, which several subscribers may share (ADR-05).
 * A mail that waits for this very subscriber takes a request in at any time; it uses up no further slot. `times` is SQL of what the
 * throttle holds, where that was read already.
 */
export function mailSlot(
  key: RawBuilder<string>,
  subscriber: RawBuilder<number>,
  now: RawBuilder<number>,
  times: RawBuilder<string | null> = sql`(select times from throttles where key = ${key})`,
): Slot {
  const nth = (place: number) => sql<number | null>`json_extract(${times}, ${sql.lit(`$[${place}]`)})`;
  const after = (place: number) =>
    sql<number>`cast(max(${now}, coalesce(${nth(place)} + ${sql.lit(coolDown.gap)}, 0)) as integer)`;
  const dueAt = after(0);
  const tooMany = sql<boolean>`(coalesce(${dueAt} - ${nth(coolDown.perDay - 1)} < ${sql.lit(day)}, false)
    or coalesce(${dueAt} - ${nth(coolDown.perMonth - 1)} < ${sql.lit(30 * day)}, false))`;
  // The terms of the index notices_waiting.
  const waiting = sql`from notices where subscriber = ${subscriber} and kind in ('confirmation', 'already')
    and batch is null and state is null`;
  const owed = sql`(select due_at ${waiting})`;
  // Each mail's time is noted with it, the newest last: what is due later was owed in this very commit.
  const taken = sql`coalesce(${owed} > coalesce(json_extract(times, '$[0]'), 0), false)`;
  const take = sql`
    insert into throttles (key, kind, times, until)
    values (${key}, 'address', json_array(coalesce(${owed}, 0)), cast(${now} as integer) + ${sql.lit(30 * day)})
    on conflict (key) do update set until = excluded.until, times = iif(${taken}, json_array(${owed},
      json_extract(times, '$[0]'), json_extract(times, '$[1]'), json_extract(times, '$[2]'), json_extract(times, '$[3]')), times)`;
  return { dueAt, sooner: after(1), tooMany, take };
}

/** Forgets throttles whose time is over; tells how many. */
export async function purgeThrottles(ctx: AppContext): Promise<number> {
  const [done] = await ctx.store.commit(sql`delete from throttles where until < ${ctx.clock()}`);
  return done.changes;
}
