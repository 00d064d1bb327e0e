import { type RawBuilder, sql } from "kysely";

/**
 * The two statements by which someone leaves: consent withdrawn, then subscription ended. `newsletter` null: all of them.
 * A repeat writes nothing. A pending one ends too, so that its confirm link is dead (DOI-06).
 */
export function withdraw(entry: {
  subscriber: number;
  newsletter: number | null;
  method: string;
  at: number;
}): [RawBuilder<unknown>, RawBuilder<{ newsletter: number }>] {
  const which = sql`subscriber = ${entry.subscriber} and status in ('pending', 'active')
    and (${entry.newsletter} is null or newsletter = ${entry.newsletter})`;
  return [
    sql`insert into consents (newsletter, subscriber, generation, event, at, method)
      select newsletter, subscriber, generation, 'withdrawn', ${entry.at}, ${entry.method} from subscriptions where ${which}
      on conflict do nothing`,
    sql<{ newsletter: number }>`
      update subscriptions set status = 'unsubscribed', since = ${entry.at} where ${which} returning newsletter`,
  ];
}
