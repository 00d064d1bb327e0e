import { type RawBuilder, sql } from "kysely";

/**
 * SQL over `subscriptions s`: true where a reader takes a break at an instant. It looks at the pause's beginning too, so that an
 * audience counted before it stays what it was.
 */
export function isPaused(at: number | RawBuilder<number>): RawBuilder<boolean> {
  return sql<boolean>`(coalesce(s.paused_until, 0) > ${at} and coalesce(s.paused_at, 0) <= ${at})`;
}
