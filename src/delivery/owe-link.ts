import { type RawBuilder, sql } from "kysely";
import { type MailOwed, slowly, wasJustNow } from "./owe.ts";

const hour = 3_600_000;

/** Mails that carry a link to a reader's own doings: to their page, or to a new address that they want to move to. */
export type LinkKind = "link" | "address";

/** What decides on such a mail. */
export interface LinkOwed extends MailOwed {
  readonly kind: LinkKind;
  /** Null where nobody has this address, or has ever proven it. */
  readonly subscriber: RawBuilder<number | null>;
  /** Where a reader wants to move to; null: to their own address. */
  readonly address: RawBuilder<string | null>;
  /** How long the link works once the mail is due, in ms. */
  readonly lasts: RawBuilder<number>;
}

/** Statement: such a mail. One row is written whatever becomes of it (I7). */
export function oweLink(owed: LinkOwed): RawBuilder<{ id: number; reason: string | null }> {
  return sql<{ id: number; reason: string | null }>`
    insert into notices (kind, subscriber, address, items, created_at, expires_at, due_at, state, reason, mailbox)
    with g as materialized (${owed.judged}),
      k as materialized (select ${owed.subscriber} subscriber, ${owed.dueAt} due, ${owed.skip} skip, ${owed.slow} slow from g)
    select ${sql.lit(owed.kind)}, k.subscriber, iif(k.subscriber is null, null, ${owed.address}),
      (select json_group_array(json_array(s.newsletter, s.generation)) from subscriptions s where s.subscriber = k.subscriber),
      ${owed.at}, k.due + ${owed.lasts}, k.due, iif(k.skip is null, null, 'skipped'),
      coalesce(k.skip, iif(k.slow, ${slowly}, null)), iif(k.skip is null, ${owed.mailbox}, null)
    from k returning id, reason`;
}

/** SQL: when the mail is due that was owed to this person just now; null where none was. */
export function linkOwed(
  subscriber: RawBuilder<number | null>,
  kind: LinkKind,
  now: RawBuilder<number>,
): RawBuilder<number | null> {
  return sql<
    number | null
  >`(select max(due_at) from notices o where o.subscriber = ${subscriber} and o.kind = ${sql.lit(kind)}
    and o.state is null and o.batch is null and o.created_at = ${now})`;
}

/** A request for such a mail: who asks, and for which new address; null: for their own link. */
export interface LinkAsked {
  readonly subscriber: RawBuilder<number | null>;
  readonly kind: LinkKind;
  readonly address: RawBuilder<string | null>;
  /** Whether it goes by the slow lane. */
  readonly slow: RawBuilder<boolean>;
}

/**
 * SQL: true where such a mail waits for this person, or has just gone out to them (DOI-22). One in the slow lane, for which a
 * stranger may have asked, stands in nobody's way but of one that would wait as well.
 */
export function linkedJustNow(asked: LinkAsked, now: RawBuilder<number>): RawBuilder<boolean> {
  const { subscriber, kind, slow } = asked;
  const same = kind === "link" ? sql`true` : sql`lower(o.address) = lower(${asked.address}) and o.expires_at > ${now}`;
  return sql<boolean>`exists (select 1 from notices o where o.subscriber = ${subscriber} and o.kind = ${sql.lit(kind)} and ${same}
    and o.state is null and (${wasJustNow(now)} or o.batch is null)
    and (o.batch is not null or o.reason is not ${slowly} or ${slow}))`;
}

/** A reader who mistypes may ask for so many new addresses within an hour; more would be strangers' (DOI-22). */
export const mostAddresses = 3;

/** Why a mail to one more new address does not leave. */
const tooMany = "addresses";

/** SQL: that reason where a reader has asked for enough other addresses within the hour, or null. */
export function enoughAddresses(asked: LinkAsked, now: RawBuilder<number>): RawBuilder<string | null> {
  return sql<
    string | null
  >`iif((select count(distinct lower(o.address)) from notices o where o.subscriber = ${asked.subscriber}
    and o.kind = 'address' and o.created_at > ${now} - ${sql.lit(hour)} and lower(o.address) <> lower(${asked.address}))
    >= ${sql.lit(mostAddresses)}, ${tooMany}, null)`;
}

/**
 * Statement, after the one that owes a mail to a new address: those that the reader named before were mistaken, and whoever got a
 * mail there can confirm nothing any more. It looks at when they were asked for, not at what became of them (I7).
 */
export function endMistaken(asked: LinkAsked, now: RawBuilder<number>): RawBuilder<unknown> {
  const newest = sql`(select o.reason from notices o where o.subscriber = ${asked.subscriber} and o.kind = 'address'
    order by o.id desc limit 1)`;
  return sql`update notices set expires_at = min(expires_at, cast(${now} as integer))
    where subscriber = ${asked.subscriber} and kind = 'address' and lower(address) <> lower(${asked.address})
      and created_at > ${now} - ${sql.lit(48 * hour)} and coalesce(${newest}, '') not in ('network', 'trap', ${tooMany})`;
}

/**
 * Statement: ends every link of a reader that was mailed to an address which is theirs no more, when `when` holds. Behind those
 * of confirmation mails "this was not me" works however old they are: they are nobody's from now on.
 */
export function endLinks(
  subscriber: number,
  entry: { except: number; at: number },
  when: RawBuilder<boolean>,
): RawBuilder<unknown> {
  return sql`update notices set expires_at = min(expires_at, ${entry.at}),
      subscriber = iif(kind in ('confirmation', 'reminder'), null, subscriber)
    where subscriber = ${subscriber} and kind in ('link', 'address', 'confirmation', 'reminder', 'already') and id <> ${entry.except}
      and ${when}`;
}
