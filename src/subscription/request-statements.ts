import { type RawBuilder, sql } from "kysely";
import { answeredJustNow, oweAnswer, slowly, waitingAnswer } from "../delivery/owe.ts";
import { prepareStatements } from "../store/prepared.ts";
import { keepSubscriber } from "../subscriber/keep.ts";
import { barred, suppressed } from "../suppression/suppress.ts";
import type { GuardedValues } from "./behind-guard.ts";
import { judge } from "./guard.ts";
import { mailSlot, mailTimes, noteMail } from "./throttle.ts";

/** What the statements of a sign-up are filled with; lists as JSON, times in ms UTC. */
export interface RequestValues extends GuardedValues {
  readonly name: string;
  /** Ids of newsletters. */
  readonly chosen: string;
  readonly source: string;
  /** How long a link works once its mail is due, in ms. */
  readonly lasts: number;
  readonly wording: string;
  readonly form: string | null;
  readonly page: string | null;
}

/** Which of the statements owes the answer; it returns its reason. */
export const owing = 3;

/** The statements of every sign-up: the same ones with as many rows for every address (I7), which they read for themselves. */
export const requestStatements = prepareStatements<RequestValues>((at) => {
  const { now, chosen } = at;
  const person = sql<number>`(select id from subscribers where email_key = ${at.emailKey})`;
  const { count, judged, inert, lane, slow, skip } = judge(at, now);
  const slot = mailSlot(sql`g.times`, now, sql`iif(g.waits, g.waits_until, null)`);
  const kind = sql<string>`iif(g.pending, 'confirmation', 'already')`;
  const said = { kind, items: sql<string>`g.items` };
  const tooMany = sql`(${slot.tooMany(slow)} and g.waits is null)`;
  const isProven = sql<boolean>`exists (select 1 from subscribers where id = g.person and proven_at is not null)`;
  // Who has left stays so, and may take that back, while robots and crowds ask in their name.
  const returns = sql`(status = 'unsubscribed' and not ${inert})`;
  return [
    count,
    keepSubscriber({ email: at.email, emailKey: at.emailKey, name: at.name, at: now }),
    // Where a robot says that it came from is nobody's source; the first person's is kept until they confirm.
    sql`insert into subscriptions (newsletter, subscriber, status, generation, since, source)
      select j.value, ${person}, 'pending', 1, ${now}, iif(${at.trapped}, '{}', ${at.source}) from json_each(${chosen}) j where true
      on conflict (newsletter, subscriber) do update set
        generation = iif(${returns}, generation + 1, generation),
        since = iif(${returns}, excluded.since, since),
        source = iif(${returns} or (status = 'pending' and source = '{}'), excluded.source, source),
        status = iif(${returns}, 'pending', status)`,
    oweAnswer({
      ...said,
      judged: facts(at, person, judged),
      subscriber: sql`g.person`,
      mailbox: at.throttle,
      skip: sql`coalesce(${skip(sql`g.waits is not null`, isProven)}, case when g.items = '[]' or ${barred(at.hashes)} then 'suppressed'
        when ${tooMany} or ${answeredJustNow(sql`g.person`, said, now)} then 'cool-down' end)`,
      slow,
      dueAt: sql`iif(g.slow, max(${slot.slowAt}, ${lane}), ${slot.dueAt})`,
      at: now,
      expiresAt: sql`k.due + ${at.lasts}`,
    }),
    // Append-only: what was shown and where belongs to the mail it led to, and what strangers ask later changes nothing (LAW-01).
    sql`insert into consents (newsletter, subscriber, generation, event, at, method, wording, notice, form, page)
      select s.newsletter, s.subscriber, s.generation, 'asked', ${now}, 'form', ${at.wording}, ${waitingAnswer(person)},
        ${at.form}, ${at.page}
      from json_each(${chosen}) j cross join subscriptions s on s.newsletter = j.value and s.subscriber = ${person} where true
      on conflict (subscriber, newsletter, generation, event, notice) do update set at = consents.at`,
    noteMail(at.throttle, waiting("due_at", person), now, sql`(${waiting("created_at", person)} < ${now})`),
  ];
});

/** SQL: a column of the mail that waits to answer a subscriber's sign-ups; null where none does. */
function waiting(column: "due_at" | "created_at", person: RawBuilder<number>): RawBuilder<number | null> {
  // The terms of the index notices_waiting.
  return sql<number | null>`(select ${sql.ref(column)} from notices where subscriber = ${person}
    and kind in ('confirmation', 'already') and batch is null and state is null)`;
}

/**
 * One row of all that is asked about an address, each once: what the guard says; `person`; `times` of the throttle; `items` that
 * may be mailed about (one newsletter may be barred to a reader, and the others not) and whether one is pending; `waits`: null
 * where no mail waits, 1 where one waits in the slow lane; `waits_until`: when it is due.
 */
function facts(
  at: {
    chosen: RawBuilder<string>;
    emailKey: RawBuilder<string>;
    throttle: RawBuilder<string>;
    now: RawBuilder<number>;
  },
  person: RawBuilder<number>,
  judged: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`select v.*, m.*, iif(w.id is null, null, w.reason is ${slowly}) waits, w.due_at waits_until
    from (${judged}) v, (
      select a.person, a.times, json_group_array(json_array(s.newsletter, s.generation)) filter (where s.newsletter is not null) items,
        coalesce(max(s.status = 'pending'), 0) pending
      from (select ${person} person, ${mailTimes(at.throttle, at.now)} times limit 1) a
        join json_each(${at.chosen}) j
        left join subscriptions s on s.newsletter = j.value and s.subscriber = a.person
          and not ${suppressed(at.emailKey, sql`s.newsletter`)}) m
      left join notices w on w.subscriber = m.person and w.kind in ('confirmation', 'already') and w.batch is null and w.state is null`;
}
