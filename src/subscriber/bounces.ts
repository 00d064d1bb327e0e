import { type RawBuilder, sql } from "kysely";

/** Issues in a row that may bounce softly, and over how long at least, before a reader is mailed no more for a while. In ms. */
export const softLimit = { issues: 5, span: 14 * 24 * 3_600_000, rest: 90 * 24 * 3_600_000 } as const;

/** Statement: a mail of an issue bounced softly, when `when` holds. One issue counts once, and a late report of an older one not at all. */
export function noteSoftBounce(
  bounce: { subscriber: number; issue: number; at: number },
  when: RawBuilder<boolean>,
): RawBuilder<unknown> {
  return sql`update subscribers set soft_bounces = soft_bounces + 1, soft_since = coalesce(soft_since, ${bounce.at}),
      soft_issue = ${bounce.issue}
    where id = ${bounce.subscriber} and coalesce(soft_issue, 0) < ${bounce.issue} and ${when}`;
}

/** SQL: true where an address has bounced softly too often (RULES §5). */
export function bouncesTooOften(emailKey: string, at: number): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from subscribers p where p.email_key = ${emailKey}
    and p.soft_bounces >= ${softLimit.issues} and p.soft_since <= ${at - softLimit.span})`;
}

/** Statement: the count begins afresh, after a mail of `issue` or a later one has come through, or as the reader is given a rest. */
export function forgetSoftBounces(
  given: { subscriber: number; issue: number },
  when: RawBuilder<boolean>,
): RawBuilder<unknown> {
  return sql`update subscribers set soft_bounces = 0, soft_since = null
    where id = ${given.subscriber} and soft_bounces > 0 and soft_issue <= ${given.issue} and ${when}`;
}
