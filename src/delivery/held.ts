import { type RawBuilder, sql } from "kysely";

/** What a lease is known by: its batch, and the number that the claim was given (REL-10). */
export interface Lease {
  readonly id: number;
  readonly fence: number;
}

/** SQL, in a statement on `batches`: true for the one row of this claim, as long as nobody has taken it over or ended it. */
export function mine({ id, fence }: Lease): RawBuilder<boolean> {
  return sql<boolean>`id = ${id} and fence = ${fence} and state = 'claimed'`;
}

/** SQL, in any statement: true as long as the claim holds its batch, and `also` is true of that row. */
export function held(claim: Lease, also: RawBuilder<unknown> = sql`true`): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from batches where ${mine(claim)} and ${also})`;
}

/**
 * SQL, on open batches: true where nobody works on one. It waits or was put back, or whoever held it has let the lease run out;
 * `now` in ms UTC.
 */
export function isFree(now: number): RawBuilder<boolean> {
  return sql<boolean>`(holder is null or due_at <= ${now})`;
}
