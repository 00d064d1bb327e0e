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
  const alone = sql<boolean>`not exists (select 1 from subscriptions s where s.subscriber = p.id)`;
  const [gone] = await ctx.store.commit(
    sql<{ subscriber: number }>`delete from subscriptions as s where (s.newsletter, s.subscriber) in (
      select j.value ->> 0, j.value ->> 1 from json_each(${pairs}) j) and ${old} returning subscriber`,
    sql`update consents set subscriber = null, form = null, page = null where subscriber in (
      select p.id from subscribers p where p.id in (select value from json_each(${people})) and p.proven_at is null and ${alone})`,
    deleteUnconfirmed(people, alone),
  );
  return gone.rows.length;
}
