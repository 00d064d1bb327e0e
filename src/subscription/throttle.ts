import { type RawBuilder, sql } from "kysely";

const minute = 60_000;
const day = 24 * 60 * minute;

/** DOI-22: at least ten minutes between mails, three a day, five in thirty days, per canonical address. */
export const coolDown = { gap: 10 * minute, perDay: 3, perMonth: 5 } as const;

/**
 * SQL over the throttle of one address, all evaluated on its state before `take` runs:
 * `slot` is when the next mail may leave, `refused` whether none may, `take` the statement that notes it.
 */
export interface Slot {
  readonly dueAt: RawBuilder<number>;
  readonly refused: RawBuilder<boolean>;
  readonly take: RawBuilder<unknown>;
}

/** The cool-down of an address; `key` is a keyed hash of its canonical form. */
export function mailSlot(key: string, now: number): Slot {
  const times = sql`(select times from throttles where key = ${key})`;
  const nth = (place: number) => sql<number | null>`json_extract(${times}, ${`$[${place}]`})`;
  const waiting = sql<boolean>`coalesce(${nth(0)} > ${now}, false)`;
  const dueAt = sql<number>`max(${now}, coalesce(iif(${waiting}, ${nth(0)}, ${nth(0)} + ${coolDown.gap}), 0))`;
  const tooMany = sql<boolean>`(coalesce(${dueAt} - ${nth(coolDown.perDay - 1)} < ${day}, false)
    or coalesce(${dueAt} - ${nth(coolDown.perMonth - 1)} < ${30 * day}, false))`;
  // A mail that waits already takes this request in: it uses up no further slot.
  const refused = sql<boolean>`(not ${waiting} and ${tooMany})`;
  // Numbers are bound as reals: inside text and JSON they must be cast.
  const prepended = sql`json_array(cast(${dueAt} as integer), json_extract(times, '$[0]'), json_extract(times, '$[1]'),
    json_extract(times, '$[2]'), json_extract(times, '$[3]'))`;
  const take = sql`
    insert into throttles (key, kind, times, until) values (${key}, 'address', json_array(cast(${now} as integer)), ${now + 30 * day})
    on conflict (key) do update set
      times = case when ${waiting} or ${tooMany} then times else ${prepended} end,
      until = ${now + 30 * day}`;
  return { dueAt, refused, take };
}

/** Statement: forgets throttles whose time is over. */
export function purgeThrottles(now: number): RawBuilder<unknown> {
  return sql`delete from throttles where until < ${now}`;
}
