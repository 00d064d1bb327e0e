import { type RawBuilder, sql } from "kysely";

/**
 * Statement: a quota is used up, and it counts for every issue. No batch that waits may leave before `until`; those in a
 * worker's hands find out by themselves. Whoever comes second moves nothing. Times in ms UTC.
 */
export function holdIssueBatches(now: number, until: number): RawBuilder<unknown> {
  return sql`update batches set due_at = ${until}
    where lane = 1 and state in ('planned', 'claimed') and due_at <= ${now} and holder is null`;
}

/** Statement: the batches of one issue that wait are due at once, since a person says that what stopped them is mended. */
export function hastenIssueBatches(issue: number): RawBuilder<unknown> {
  return sql`update batches set due_at = 0
    where issue = ${issue} and state in ('planned', 'claimed') and due_at > 0 and holder is null`;
}
