import { type RawBuilder, sql } from "kysely";

/** Between two mails that answer sign-ups of one person (DOI-22), in ms. */
export const answerGap = 10 * 60_000;

/** Mails owed to one person outside an issue. */
export type OwedKind = "confirmation" | "already" | "welcome" | "test";

/** Statement: a test mail of compiled content, owed to one address at once. */
export function oweTest(entry: {
  address: string;
  content: string;
  newsletter: number;
  at: number;
  expiresAt: number;
}): RawBuilder<{
  id: number;
}> {
  return sql<{ id: number }>`
    insert into notices (kind, address, items, content, created_at, expires_at, due_at)
    values ('test', ${entry.address}, ${JSON.stringify([[entry.newsletter, 0]])}, ${entry.content},
      ${entry.at}, ${entry.expiresAt}, ${entry.at})
    returning id`;
}

/** What decides on the answer to a sign-up; each part is SQL evaluated in the commit, so that nothing is read before. */
export interface AnswerOwed {
  readonly subscriber: RawBuilder<number>;
  /** JSON array of [newsletter, generation] that may be mailed about. */
  readonly items: RawBuilder<string>;
  readonly kind: RawBuilder<string>;
  /** Null: owed; otherwise why nothing leaves. */
  readonly skip: RawBuilder<string | null>;
  readonly dueAt: RawBuilder<number>;
  readonly at: number;
  readonly expiresAt: number;
}

/**
 * Statement: the one mail that answers a sign-up. One row is written whatever becomes of it (I7). A mail that still waits
 * for the same person takes the new items in, so that five sign-ups in a row leave as one mail.
 */
export function oweAnswer(owed: AnswerOwed): RawBuilder<{ id: number }> {
  return sql<{ id: number }>`
    insert into notices (kind, subscriber, items, created_at, expires_at, due_at, state, reason)
    select k.kind, k.subscriber, k.items, ${owed.at}, ${owed.expiresAt}, k.due,
      case when k.skip is null then null else 'skipped' end, k.skip
    from (select ${owed.kind} kind, ${owed.subscriber} subscriber, ${owed.items} items, ${owed.dueAt} due, ${owed.skip} skip) k
    where true
    on conflict (subscriber) where kind in ('confirmation', 'already') and batch is null and state is null
    do update set
      kind = case when 'confirmation' in (kind, excluded.kind) then 'confirmation' else 'already' end,
      items = (select json_group_array(json_array(newsletter, generation)) from (
        select value ->> 0 newsletter, max(value ->> 1) generation from (
          select value from json_each(notices.items) union all select value from json_each(excluded.items))
        group by newsletter)),
      expires_at = max(expires_at, excluded.expires_at)
    returning id`;
}

/** Statement: a welcome mail for what a confirmation notice has confirmed; a repeat owes nothing (`once`). */
export function oweWelcome(entry: { notice: number; subscriber: number; at: number; expiresAt: number }): RawBuilder<{
  id: number;
}> {
  return sql<{ id: number }>`
    insert into notices (kind, subscriber, items, once, created_at, expires_at, due_at)
    select 'welcome', ${entry.subscriber}, json_group_array(json_array(c.newsletter, c.generation)),
      'welcome:' || cast(${entry.notice} as integer), ${entry.at}, ${entry.expiresAt}, ${entry.at}
    from consents c join newsletters n on n.id = c.newsletter
    where c.notice = ${entry.notice} and c.subscriber = ${entry.subscriber} and c.event = 'confirmed' and n.welcome is not null
    having count(*) > 0
    on conflict (once) do nothing
    returning id`;
}

/** Statement: forgets all notices of one person, so that links in mails already sent lead nowhere. */
export function scrubNotices(subscriber: RawBuilder<number>): RawBuilder<unknown> {
  return sql`delete from notices where subscriber = ${subscriber}`;
}

/** Statement: forgets test mails to an address. */
export function scrubTests(email: string): RawBuilder<unknown> {
  return sql`delete from notices where kind = 'test' and lower(address) = lower(${email})`;
}

/** SQL: true where mails of a kind, owed within the gap and on their way, have said all of this; `items` as in a notice. */
export function answeredJustNow(
  subscriber: RawBuilder<number>,
  said: { kind: RawBuilder<string>; items: RawBuilder<string> },
  now: number,
): RawBuilder<boolean> {
  return sql<boolean>`not exists (select 1 from json_each(${said.items}) j where j.value not in (
    select k.value from notices o, json_each(o.items) k where o.subscriber = ${subscriber} and o.kind = ${said.kind}
      and o.batch is not null and o.state is null and o.created_at > ${now - answerGap}))`;
}

/** SQL: the mail that waits to answer this person's sign-ups, which takes a further request in; 0 when there is none. */
export function waitingAnswer(subscriber: RawBuilder<number>): RawBuilder<number> {
  return sql<number>`coalesce((select id from notices where subscriber = ${subscriber}
    and kind in ('confirmation', 'already') and batch is null and state is null), 0)`;
}
