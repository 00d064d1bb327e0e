import { type RawBuilder, sql } from "kysely";

/**
 * Statement: makes a subscriber of an address; one row is written whoever asks (I7). Until the address is proven anybody may
 * have typed it: its spelling follows the latest request, and a name that requests do not agree on is nobody's.
 */
export function keepSubscriber(entry: {
  email: RawBuilder<string>;
  emailKey: RawBuilder<string>;
  name: RawBuilder<string>;
  at: RawBuilder<number>;
}): RawBuilder<unknown> {
  return sql`insert into subscribers (email, email_key, name, created_at)
    values (${entry.email}, ${entry.emailKey}, ${entry.name}, ${entry.at})
    on conflict (email_key) do update set
      email = iif(subscribers.proven_at is null, excluded.email, subscribers.email),
      name = iif(subscribers.proven_at is null and excluded.name <> subscribers.name, '', subscribers.name)`;
}

/** Statement: notes the first confirmation of an address, when `proven` holds. */
export function markProven(
  subscriber: RawBuilder<number>,
  at: RawBuilder<number>,
  proven: RawBuilder<boolean>,
): RawBuilder<unknown> {
  return sql`update subscribers set proven_at = ${at} where id = ${subscriber} and proven_at is null and ${proven}`;
}

/** Statement: deletes a subscriber and, by reference, the subscriptions. */
export function deleteSubscriber(emailKey: string): RawBuilder<{ id: number }> {
  return sql<{ id: number }>`delete from subscribers where email_key = ${emailKey} returning id`;
}

/** Statement: deletes whoever holds an address that nobody has proven, by reference with subscriptions and notices, when `when` holds. */
export function deleteUnproven(
  emailKey: string,
  entry: { except: number },
  when: RawBuilder<boolean>,
): RawBuilder<{ id: number }> {
  return sql<{ id: number }>`delete from subscribers
    where email_key = ${emailKey} and id <> ${entry.except} and proven_at is null and ${when} returning id`;
}

/** Statement: what a reader says about themselves. */
export function setProfile(
  subscriber: number,
  profile: { name: string; language: string | null },
): RawBuilder<unknown> {
  return sql`update subscribers set name = ${profile.name}, language = ${profile.language} where id = ${subscriber}`;
}

/** Statement: a reader's mails go to another address from now on, when `when` holds; what the old one bounced is its own affair. */
export function moveSubscriber(
  subscriber: number,
  to: { email: string; emailKey: string; at: number },
  when: RawBuilder<boolean>,
): RawBuilder<{ id: number }> {
  return sql<{ id: number }>`update subscribers set email = ${to.email}, email_key = ${to.emailKey},
      proven_at = coalesce(proven_at, ${to.at}), soft_bounces = 0, soft_since = null
    where id = ${subscriber} and ${when} returning id`;
}

/** Statement: deletes those of a JSON list of ids who never confirmed anything, where `alone` holds of the subscriber `p`. */
export function deleteUnconfirmed(ids: string, alone: RawBuilder<boolean>): RawBuilder<{ id: number }> {
  return sql<{ id: number }>`delete from subscribers as p
    where p.id in (select value from json_each(${ids})) and p.proven_at is null and ${alone} returning id`;
}
