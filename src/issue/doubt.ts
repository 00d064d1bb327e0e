import { type RawBuilder, sql } from "kysely";

/**
 * Statement: an issue that is incomplete and has no mail in doubt any more is looked at again, when `when` holds: the next turn
 * says that it is sent. Goes into the commit that takes a mail out of doubt.
 */
export function endDoubt(id: number, when: RawBuilder<boolean>): RawBuilder<unknown> {
  return sql`update issues set status = 'sending', finished_at = null
    where id = ${id} and status = 'incomplete' and sums is null and ${when}
      and not exists (select 1 from batches b where b.issue = issues.id and b.state = 'in_doubt' and b.size > 0)
      and not exists (select 1 from deliveries d where d.issue = issues.id and d.state = 'in_doubt')`;
}
