import { type RawBuilder, sql } from "kysely";
import type { MailOwed } from "./owe.ts";

/** A reminder of a confirmation that has not come. */
export interface ReminderOwed extends Omit<MailOwed, "slow" | "at"> {
  readonly subscriber: number;
  /** JSON array of [newsletter, generation]. */
  readonly items: string;
  readonly at: number;
  /** How long its link works once it is due, in ms. */
  readonly lasts: number;
}

/** Statement: the one reminder of what a person was asked to confirm; a repeat owes nothing (`once`). */
export function oweReminder(owed: ReminderOwed): RawBuilder<{ id: number }> {
  return sql<{ id: number }>`
    insert into notices (kind, subscriber, items, once, created_at, expires_at, due_at, state, reason, mailbox)
    with g as materialized (${owed.judged}),
      k as materialized (select ${owed.subscriber} subscriber, ${owed.items} items,
        ${`reminder:${owed.subscriber}:${owed.items}`} once, ${owed.dueAt} due, ${owed.skip} skip from g)
    select 'reminder', k.subscriber, k.items, k.once, ${owed.at}, k.due + ${owed.lasts}, k.due,
      iif(k.skip is null, null, 'skipped'), k.skip, iif(k.skip is null, ${owed.mailbox}, null)
    from k where exists (select 1 from subscribers where id = ${owed.subscriber})
    on conflict (once) do nothing
    returning id`;
}

/** SQL: whether a reminder was owed to a subscriber for this newsletter and generation, whatever became of it. */
export function isReminded(
  subscriber: RawBuilder<number>,
  newsletter: RawBuilder<number>,
  generation: RawBuilder<number>,
): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from notices o, json_each(o.items) k where o.subscriber = ${subscriber}
    and o.kind = 'reminder' and k.value ->> 0 = ${newsletter} and k.value ->> 1 = ${generation})`;
}

/** SQL: when the reminder is due that waits for a subscriber; null where none does. */
export function reminderWaiting(subscriber: number): RawBuilder<number | null> {
  return sql<number | null>`(select max(due_at) from notices where subscriber = ${subscriber} and kind = 'reminder'
    and batch is null and state is null)`;
}

/** SQL: whether a subscriber was really sent a mail that asks for this very sign-up, so that there is something to be reminded of. */
export function wasAsked(
  subscriber: RawBuilder<number>,
  newsletter: RawBuilder<number>,
  generation: RawBuilder<number>,
): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from notices o join batches b on b.id = o.batch, json_each(o.items) k
    where o.subscriber = ${subscriber} and o.kind = 'confirmation' and o.state is null and b.state = 'accepted'
      and k.value ->> 0 = ${newsletter} and k.value ->> 1 = ${generation})`;
}
