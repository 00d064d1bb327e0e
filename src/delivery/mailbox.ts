import { type RawBuilder, sql } from "kysely";
import { answerGap } from "./owe.ts";

const day = 24 * 3_600_000;

/** DOI-22: at least ten minutes between mails, three a day, five in thirty days, per canonical address. */
export const coolDown = { gap: answerGap, perDay: 3, perMonth: 5 } as const;

/** SQL over a notice `n`: true where its mailbox knows of no other, as with nearly all of them: one look into an index. */
const isAlone = sql<boolean>`not exists (select 1 from notices o where o.mailbox = n.mailbox and o.id <> n.id)`;

/** SQL over a notice `n`: when mails have really left for its mailbox, `at`. One that is under way may leave at any moment. */
const leavings = (now: number) => sql`select coalesce(b.settled_at, ${now}) at
  from notices o cross join batches b on b.id = o.batch where o.mailbox = n.mailbox
    and (o.state = 'in_doubt' or (o.state is null and b.state in ('planned', 'claimed', 'accepted', 'in_doubt')))`;

/** SQL over a notice `n`: true while its mailbox has had too many (DOI-22), by when they really left, however late that was. */
const isCrowded = (now: number) => sql<boolean>`(select count(*) filter (where at > ${now - coolDown.gap}) > 0
    or count(*) filter (where at > ${now - day}) >= ${sql.lit(coolDown.perDay)}
    or count(*) filter (where at > ${now - 30 * day}) >= ${sql.lit(coolDown.perMonth)} from (${leavings(now)}))`;

/** SQL over a notice `n`: until when that is so, ms UTC. */
const crowdedUntil = (now: number) => sql<number>`(select max(case place when 1 then at + ${sql.lit(coolDown.gap)}
    when ${sql.lit(coolDown.perDay)} then at + ${sql.lit(day)} when ${sql.lit(coolDown.perMonth)} then at + ${sql.lit(30 * day)} end)
  from (select at, row_number() over (order by at desc) place from (${leavings(now)})))`;

/**
 * SQL over a notice `n` that is due: true where its mailbox may have it now, and it is the first of those that wait for it: one at
 * a time, whoever has asked. Always true where nobody could have asked for it in another's name.
 */
export function mayLeave(now: number): RawBuilder<boolean> {
  return sql<boolean>`(n.mailbox is null or ${isAlone} or (not ${isCrowded(now)}
    and not exists (select 1 from notices e where e.mailbox = n.mailbox and e.batch is null and e.state is null
      and (e.due_at, e.id) < (n.due_at, n.id))))`;
}

/**
 * Statement: of the `most` notices due longest, those that their mailbox may not have yet wait until it may, so that no turn looks
 * at them in vain. What would have expired by then never leaves.
 */
export function deferCrowded(now: number, most: number): RawBuilder<unknown> {
  return sql`with k as materialized (
      select n.id, ${crowdedUntil(now)} until from (select id, mailbox from notices
        where batch is null and state is null and due_at <= ${now} order by due_at, id limit ${most}) n
      where n.mailbox is not null and not ${isAlone} and ${isCrowded(now)})
    update notices set due_at = k.until, state = iif(k.until < expires_at, null, 'skipped'),
      reason = iif(k.until < expires_at, reason, 'cool-down')
    from k where notices.id = k.id`;
}
