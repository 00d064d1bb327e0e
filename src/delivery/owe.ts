import { type RawBuilder, sql } from "kysely";

/** Between two mails that answer sign-ups of one person (DOI-22), in ms. */
export const answerGap = 10 * 60_000;

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

/** What decides on a mail that somebody asks for; each part is SQL evaluated in the commit, so that nothing is read before. */
export interface MailOwed {
  /** Keyed hash of the mailbox that it goes to, as throttles know it. */
  readonly mailbox: RawBuilder<string>;
  /** A select of one row `g`, made once, at whose columns `skip`, `slow` and `dueAt` may look. */
  readonly judged: RawBuilder<unknown>;
  /** Null: owed; otherwise why nothing leaves. */
  readonly skip: RawBuilder<string | null>;
  readonly dueAt: RawBuilder<number>;
  /** Whether it waits in the slow lane, and says so. */
  readonly slow: RawBuilder<boolean>;
  readonly at: RawBuilder<number>;
}

/** The same of the answer to a sign-up. */
export interface AnswerOwed extends MailOwed {
  readonly subscriber: RawBuilder<number>;
  /** JSON array of [newsletter, generation] that may be mailed about. */
  readonly items: RawBuilder<string>;
  readonly kind: RawBuilder<string>;
  readonly expiresAt: RawBuilder<number>;
}

/** What a waiting mail says that the guard lets leave late. */
export const slowly = "slow";

/**
 * Statement: the one mail that answers a sign-up. One row is written whatever becomes of it (I7). A mail that still waits
 * for the same person takes the new items in, so that five sign-ups in a row leave as one mail; one in the slow lane leaves
 * sooner when somebody asks who need not wait.
 */
export function oweAnswer(owed: AnswerOwed): RawBuilder<{ id: number; reason: string | null }> {
  return sql<{ id: number; reason: string | null }>`
    insert into notices (kind, subscriber, items, created_at, expires_at, due_at, state, reason, mailbox)
    with g as materialized (${owed.judged}),
      k as materialized (select ${owed.kind} kind, ${owed.subscriber} subscriber, ${owed.items} items, ${owed.dueAt} due,
        ${owed.skip} skip, ${owed.slow} slow from g)
    select k.kind, k.subscriber, k.items, ${owed.at}, ${owed.expiresAt}, k.due,
      iif(k.skip is null, null, 'skipped'), coalesce(k.skip, iif(k.slow, ${slowly}, null)),
      iif(k.skip is null, ${owed.mailbox}, null)
    from k where true
    on conflict (subscriber) where kind in ('confirmation', 'already') and batch is null and state is null
    do update set
      kind = case when 'confirmation' in (kind, excluded.kind) then 'confirmation' else 'already' end,
      items = (select json_group_array(json_array(newsletter, generation)) from (
        select value ->> 0 newsletter, max(value ->> 1) generation from (
          select value from json_each(notices.items) union all select value from json_each(excluded.items))
        group by newsletter)),
      expires_at = max(expires_at, excluded.expires_at),
      due_at = iif(reason = ${slowly} and excluded.reason is null, min(due_at, excluded.due_at), due_at),
      reason = iif(excluded.reason is null, null, reason),
      mailbox = excluded.mailbox
    returning id, reason`;
}

/**
 * Statement: a welcome mail for what a notice has confirmed, at one instant alone where several presses may follow one another; a
 * repeat owes nothing (`once`).
 */
export function oweWelcome(entry: {
  notice: number | RawBuilder<number>;
  subscriber: number | RawBuilder<number>;
  at: number | RawBuilder<number>;
  expiresAt: number | RawBuilder<number>;
  joinedAt?: number;
}): RawBuilder<{ id: number }> {
  const joinedAt = entry.joinedAt ?? null;
  return sql<{ id: number }>`
    insert into notices (kind, subscriber, items, once, created_at, expires_at, due_at)
    select 'welcome', ${entry.subscriber}, json_group_array(json_array(c.newsletter, c.generation)),
      'welcome:' || cast(${entry.notice} as integer) || coalesce(':' || cast(${joinedAt} as integer), ''), ${entry.at}, ${entry.expiresAt}, ${entry.at}
    from consents c join newsletters n on n.id = c.newsletter
    where c.notice = ${entry.notice} and c.subscriber = ${entry.subscriber} and c.event = 'confirmed' and n.welcome is not null
      and (${joinedAt} is null or c.at = ${joinedAt})
    having count(*) > 0
    on conflict (once) do nothing
    returning id`;
}

/** Statement: forgets all notices of one person, so that links in mails already sent lead nowhere. */
export function scrubNotices(subscriber: RawBuilder<number>): RawBuilder<unknown> {
  return sql`delete from notices where subscriber = ${subscriber}`;
}

/** Statement: forgets test mails to an address, and what asked whether a reader may move there. */
export function scrubTests(email: string): RawBuilder<unknown> {
  return sql`delete from notices where kind in ('test', 'address') and lower(address) = lower(${email})`;
}

/** SQL over a notice `o`: true within the gap behind its making, whatever a clock said that was ahead. */
export function wasJustNow(now: RawBuilder<number>): RawBuilder<boolean> {
  return sql<boolean>`(o.created_at between ${now} - ${sql.lit(answerGap - 1)} and ${now} + ${sql.lit(answerGap)})`;
}

/** SQL: true where mails of a kind, owed within the gap and on their way, have said all of this; `items` as in a notice. */
export function answeredJustNow(
  subscriber: RawBuilder<number>,
  said: { kind: RawBuilder<string>; items: RawBuilder<string> },
  now: RawBuilder<number>,
): RawBuilder<boolean> {
  return sql<boolean>`not exists (select 1 from json_each(${said.items}) j where j.value not in (
    select k.value from notices o, json_each(o.items) k where o.subscriber = ${subscriber} and o.kind = ${said.kind}
      and o.batch is not null and o.state is null and ${wasJustNow(now)}))`;
}

/** SQL: the mail that waits to answer this person's sign-ups, which takes a further request in; 0 when there is none. */
export function waitingAnswer(subscriber: RawBuilder<number>): RawBuilder<number> {
  return sql<number>`coalesce((select id from notices where subscriber = ${subscriber}
    and kind in ('confirmation', 'already') and batch is null and state is null), 0)`;
}
