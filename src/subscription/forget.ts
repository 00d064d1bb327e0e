import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { readInstance } from "../instance/find.ts";
import { deleteUnconfirmed } from "../subscriber/keep.ts";

const hour = 3_600_000;
const day = 24 * hour;

/** At most so many in a call; the next minute goes on. */
const most = 500;

/**
 * Forgets sign-ups that nobody has confirmed, some days after their last link has expired, and people of whom nothing else is
 * known (DOI-31). What stays is the keyed hash that limits mails to an address. Tells how many sign-ups went.
 */
export async function forgetUnconfirmed(ctx: AppContext): Promise<number> {
  const { keepUnconfirmedDays, confirmHours } = await readInstance(ctx);
  const expired = ctx.clock() - keepUnconfirmedDays * day;
  // Whoever asks again gets a fresh link, under which an old sign-up is as good as new; and what is owed still is not forgotten.
  const old = sql`s.status = 'pending' and s.since < ${expired - confirmHours * hour} and not exists (
    select 1 from notices o left join batches b on b.id = o.batch where o.subscriber = s.subscriber
      and ((o.kind in ('confirmation', 'reminder') and o.expires_at > ${expired}) or (o.state is null and b.settled_at is null)))`;
  const { rows } = await sql<{ newsletter: number; subscriber: number }>`
    select s.newsletter, s.subscriber from subscriptions s where ${old} order by s.since limit ${most}`.execute(
    ctx.store.db,
  );
  if (rows.length === 0) return 0;
  const pairs = JSON.stringify(rows.map((row) => [row.newsletter, row.subscriber]));
  const people = JSON.stringify([...new Set(rows.map((row) => row.subscriber))]);
  const chosen = sql`(select j.value ->> 0, j.value ->> 1 from json_each(${pairs}) j)`;
  const alone = sql<boolean>`not exists (select 1 from subscriptions s where s.subscriber = p.id)`;
  const [ended, gone] = await ctx.store.commit(
    // Who was a reader before stays one who has left: the generation must not be given out again, since proofs name it (LAW-01).
    sql<{ subscriber: number }>`update subscriptions as s set status = 'unsubscribed', since = ${ctx.clock()}
      where (s.newsletter, s.subscriber) in ${chosen} and s.generation > 1 and ${old}
        and exists (select 1 from subscribers p where p.id = s.subscriber and p.proven_at is not null) returning subscriber`,
    sql<{
      subscriber: number;
    }>`delete from subscriptions as s where (s.newsletter, s.subscriber) in ${chosen} and ${old}
      returning subscriber`,
    sql`update consents set subscriber = null, form = null, page = null where (newsletter, subscriber) in ${chosen}
      and not exists (select 1 from subscriptions s where s.newsletter = consents.newsletter and s.subscriber = consents.subscriber)
      and exists (select 1 from subscribers p where p.id = consents.subscriber and p.proven_at is null)`,
    deleteUnconfirmed(people, alone),
  );
  return ended.rows.length + gone.rows.length;
}
