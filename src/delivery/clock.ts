import { type RawBuilder, sql } from "kysely";
import { leaseMs } from "./claim.ts";

/**
 * Statements, if `when` holds: the clock was ahead and has been set right, so nothing that waits may wait for times that only the
 * wrong clock knew.
 */
export function waitNoLonger(now: number, when: RawBuilder<unknown>): RawBuilder<object>[] {
  return [
    sql`update outlets set filled_at = min(filled_at, ${now}), shut_until = min(shut_until, ${now}) where ${when}`,
    sql`update batches set due_at = ${now + leaseMs}
      where state in ('planned', 'claimed') and due_at > ${now + leaseMs} and ${when}`,
    sql`update notices set due_at = ${now} where batch is null and state is null and due_at > ${now} and ${when}`,
    // When mails left counts for the next to the same mailbox.
    sql`update batches set settled_at = ${now} where lane = 0 and settled_at > ${now} and ${when}`,
  ];
}
