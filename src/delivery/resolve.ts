import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { isRetired } from "./find.ts";
import { mostMoved, ownMembers } from "./retry.ts";

/** Everything of an issue that is in doubt: whole batches, and readers by themselves. */
export interface Doubt {
  readonly batches: readonly number[];
  readonly members: readonly number[];
  /** How many mails that are. */
  readonly mails: number;
}

/** What is in doubt now, by name: whoever acts on it acts on these and on no other that comes meanwhile. */
export async function findDoubt(ctx: AppContext, issue: number): Promise<Doubt> {
  const { rows } = await sql<{ id: number; size: number }>`
    select id, size from batches where issue = ${issue} and state = 'in_doubt' and size > 0 order by id`.execute(
    ctx.store.db,
  );
  const members: number[] = [];
  for (;;) {
    const page = await ownMembers(ctx, issue, "in_doubt", members.at(-1));
    members.push(...page);
    if (page.length < mostMoved) break;
  }
  return {
    batches: rows.map(({ id }) => id),
    members,
    mails: rows.reduce((sum, { size }) => sum + size, members.length),
  };
}

/** Statements: these mails in doubt count as accepted from now on, with a note that says by whose word; not of an issue that is retired. */
export function acceptDoubt(
  issue: number,
  doubt: Doubt,
  entry: { note: string; at: number },
): readonly [RawBuilder<{ size: number }>, RawBuilder<{ subscriber: number }>] {
  return [
    sql<{ size: number }>`update batches set state = 'accepted', error = ${entry.note}, settled_at = ${entry.at}
      where id in (select value from json_each(${JSON.stringify(doubt.batches)})) and issue = ${issue} and state = 'in_doubt'
        and not ${isRetired(issue)} returning size`,
    sql<{ subscriber: number }>`update deliveries set state = 'accepted', reason = ${entry.note}, at = ${entry.at}
      where issue = ${issue} and subscriber in (select value from json_each(${JSON.stringify(doubt.members)}))
        and state = 'in_doubt' and not ${isRetired(issue)} returning subscriber`,
  ];
}

/** A reader whose mail is in doubt; without an address once erased. */
export interface Doubtful {
  readonly subscriber: number;
  readonly address: string | null;
  readonly reason: string;
}

/** Whom it concerns, in the order of their ids; at most `limit` behind `after`. */
export async function listDoubtful(
  ctx: AppContext,
  issue: number,
  page: { after: number; limit: number },
): Promise<Doubtful[]> {
  const behind = sql`d.subscriber > ${page.after}`;
  const { rows } = await sql<Doubtful>`
    select x.subscriber, p.email address, x.reason from (
      select * from (select d.subscriber, coalesce(b.error, '') reason from batches b
        cross join deliveries d on d.issue = b.issue and d.subscriber between b.first and b.last
        where b.issue = ${issue} and b.state = 'in_doubt' and d.batch is null and d.state is null and ${behind})
      union all
      select * from (select d.subscriber, coalesce(b.error, '') from batches b cross join deliveries d on d.batch = b.id
        where b.issue = ${issue} and b.state = 'in_doubt' and d.state is null and ${behind})
      union all
      select * from (select d.subscriber, coalesce(d.reason, '') from deliveries d
        where d.issue = ${issue} and d.state = 'in_doubt' and ${behind})) x
    left join subscribers p on p.id = x.subscriber order by x.subscriber limit ${page.limit}`.execute(ctx.store.db);
  return rows;
}
