import { type RawBuilder, sql } from "kysely";

/**
 * Statement: makes a subscriber of an address, or leaves the one there is. The update that changes nothing writes a row for a
 * known address as for a new one (I7); the name of someone known is not for strangers to change.
 */
export function keepSubscriber(entry: {
  email: string;
  emailKey: string;
  name: string;
  at: number;
}): RawBuilder<unknown> {
  return sql`insert into subscribers (email, email_key, name, created_at)
    values (${entry.email}, ${entry.emailKey}, ${entry.name}, ${entry.at})
    on conflict (email_key) do update set email = subscribers.email`;
}

/** Statement: notes the first confirmation of an address, when `proven` holds. */
export function markProven(subscriber: number, at: number, proven: RawBuilder<boolean>): RawBuilder<unknown> {
  return sql`update subscribers set proven_at = ${at} where id = ${subscriber} and proven_at is null and ${proven}`;
}

/** Statement: deletes a subscriber and, by reference, the subscriptions. */
export function deleteSubscriber(emailKey: string): RawBuilder<{ id: number }> {
  return sql<{ id: number }>`delete from subscribers where email_key = ${emailKey} returning id`;
}
