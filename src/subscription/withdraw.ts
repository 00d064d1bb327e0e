import { type RawBuilder, sql } from "kysely";

/** For how long a leaving can be undone, in ms (SUP-04). */
export const undoFor = 3_600_000;

/**
 * The statements by which someone leaves: consent withdrawn, then subscription ended. `newsletter` null: all of them. A pending
 * one ends too, so that its confirm link is dead (DOI-06). A repeat writes nothing, but for one: whoever has left in a reader's stead
 * by a forwarded mail, and could undo that, no longer can once the reader's mail program has said it too. When it was left stays.
 */
export function withdraw(entry: {
  subscriber: number;
  newsletter: number | null;
  method: string;
  at: number;
}): [RawBuilder<unknown>, RawBuilder<unknown>, RawBuilder<{ newsletter: number }>] {
  const theirs = sql`subscriber = ${entry.subscriber} and (${entry.newsletter} is null or newsletter = ${entry.newsletter})`;
  const which = sql`${theirs} and status in ('pending', 'active')`;
  return [
    // An undo is bound to the generation that was left.
    sql`update subscriptions as s set generation = generation + 1 where ${Number(entry.method === "one-click")} and ${theirs}
      and status = 'unsubscribed' and since > ${entry.at - undoFor} and exists (select 1 from consents c
        where c.subscriber = s.subscriber and c.newsletter = s.newsletter and c.generation = s.generation
          and c.event = 'withdrawn' and c.method <> 'one-click')`,
    sql`insert into consents (newsletter, subscriber, generation, event, at, method)
      select newsletter, subscriber, generation, 'withdrawn', ${entry.at}, ${entry.method} from subscriptions where ${which}
      on conflict do nothing`,
    sql<{ newsletter: number }>`
      update subscriptions set status = 'unsubscribed', since = ${entry.at} where ${which} returning newsletter`,
  ];
}
