import { type RawBuilder, sql } from "kysely";
import { coolDown } from "./throttle.ts";

const day = 24 * 3_600_000;

/** SQL for the commit that owes a link: when its mail may leave, whether none may, and the statement that notes it, to be run last. */
export interface LinkSlot {
  readonly dueAt: RawBuilder<number>;
  readonly refused: RawBuilder<boolean>;
  readonly take: RawBuilder<unknown>;
}

/**
 * The cool-down of an address (DOI-22), which links share with the answers to sign-ups. `owed` is, after the statement that owes
 * the mail, when it is due, or null. One row is written either way (I7), and a stranger who asks uses up nothing.
 */
export function linkSlot(key: RawBuilder<string>, owed: RawBuilder<number | null>, now: RawBuilder<number>): LinkSlot {
  const nth = (place: number) =>
    sql<number | null>`json_extract((select times from throttles where key = ${key}), ${sql.lit(`$[${place}]`)})`;
  const dueAt = sql<number>`cast(max(${now}, coalesce(${nth(0)} + ${sql.lit(coolDown.gap)}, 0)) as integer)`;
  const refused = sql<boolean>`(coalesce(${dueAt} - ${nth(coolDown.perDay - 1)} < ${sql.lit(day)}, false)
    or coalesce(${dueAt} - ${nth(coolDown.perMonth - 1)} < ${sql.lit(30 * day)}, false))`;
  const take = sql`
    insert into throttles (key, kind, times, until)
    values (${key}, 'address', json_array(coalesce(${owed}, 0)), cast(${now} as integer) + ${sql.lit(30 * day)})
    on conflict (key) do update set until = excluded.until,
      times = iif(coalesce(${owed} > json_extract(times, '$[0]'), false), json_array(${owed},
        json_extract(times, '$[0]'), json_extract(times, '$[1]'), json_extract(times, '$[2]'), json_extract(times, '$[3]')), times)`;
  return { dueAt, refused, take };
}
