import { type RawBuilder, sql } from "kysely";

/**
 * Statement: makes a subscriber of an address; one row is written whoever asks (I7). Until the address is proven anybody may
 * have typed it: its spelling follows the latest request, and a name that requests do not agree on is nobody's.
 */
export function keepSubscriber(entry: {
  email: string;
  emailKey: string;
  name: string;
  at: number;
}): RawBuilder<unknown> {
  return sql`insert into subscribers (email, email_key, name, created_at)
    values (${entry.email}, ${entry.emailKey}, ${entry.name}, ${entry.at})
    on conflict (email_key) do update set
      email = iif(subscribers.proven_at is null, excluded.email, subscribers.email),
      name = iif(subscribers.proven_at is null and excluded.name <> subscribers.name, '', subscribers.name)`;
}

/** Statement: notes the first confirmation of an address, when `proven` holds. */
export function markProven(subscriber: number, at: number, proven: RawBuilder<boolean>): RawBuilder<unknown> {
  return sql`update subscribers set proven_at = ${at} where id = ${subscriber} and proven_at is null and ${proven}`;
}

/** Statement: deletes a subscriber and, by reference, the subscriptions. */
export function deleteSubscriber(emailKey: string): RawBuilder<{ id: number }> {
  return sql<{ id: number }>`delete from subscribers where email_key = ${emailKey} returning id`;
}
