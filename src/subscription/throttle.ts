import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { answerGap } from "../delivery/owe.ts";

const minute = 60_000;
const day = 24 * 60 * minute;

/** DOI-22: at least ten minutes between mails, three a day, five in thirty days, per canonical address. */
export const coolDown = { gap: answerGap, perDay: 3, perMonth: 5 } as const;

/**
 * SQL over the throttle of one address, for the commit that answers a sign-up: `dueAt` is when the next mail may leave, `refused`
 * whether none may; `take` is the statement that notes it, to be run after the one that owes the mail.
 */
export interface Slot {
  readonly dueAt: RawBuilder<number>;
  readonly refused: RawBuilder<boolean>;
  readonly take: RawBuilder<unknown>;
}

/**
 * The cool-down of an address; `key` is a keyed hash of its canonical form, which several subscribers may share (ADR-05).
 * A mail that waits for this very subscriber takes a request in at any time; it uses up no further slot.
 */
export function mailSlot(key: string, subscriber: RawBuilder<number>, now: number): Slot {
  const nth = (place: number) =>
    sql<number | null>`json_extract((select times from throttles where key = ${key}), ${`$[${place}]`})`;
  const dueAt = sql<number>`max(${now}, coalesce(${nth(0)} + ${coolDown.gap}, 0))`;
  const tooMany = sql`(coalesce(${dueAt} - ${nth(coolDown.perDay - 1)} < ${day}, false)
    or coalesce(${dueAt} - ${nth(coolDown.perMonth - 1)} < ${30 * day}, false))`;
  // The terms of the index notices_waiting.
  const waiting = sql`select 1 from notices where subscriber = ${subscriber} and kind in ('confirmation', 'already')
    and batch is null and state is null`;
  const refused = sql<boolean>`(${tooMany} and not exists (${waiting}))`;
  // Only a mail owed in this commit is due at that very time: an older one was due before.
  const taken = sql`exists (${waiting} and due_at = ${dueAt})`;
  const take = sql`
    insert into throttles (key, kind, times, until) values (${key}, 'address', json_array(cast(${now} as integer)), ${now + 30 * day})
    on conflict (key) do update set until = excluded.until, times = iif(${taken}, json_array(cast(${dueAt} as integer),
      json_extract(times, '$[0]'), json_extract(times, '$[1]'), json_extract(times, '$[2]'), json_extract(times, '$[3]')), times)`;
  return { dueAt, refused, take };
}

/** Forgets throttles whose time is over; tells how many. */
export async function purgeThrottles(ctx: AppContext): Promise<number> {
  const [done] = await ctx.store.commit(sql`delete from throttles where until < ${ctx.clock()}`);
  return done.changes;
}
