import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { readInstance } from "../instance/find.ts";
import { deleteUnconfirmed } from "../subscriber/keep.ts";

const hour = 3_600_000;
const day = 24 * hour;

const minute = 60_000;

/** At most so many in a call; the next minute goes on. */
const most = 500;

/** Of how many subscribers, by id, a call looks for requests that were ended unconfirmed; the next minute looks at the next ones. */
export const slice = 1_000;

/**
 * Forgets sign-ups that nobody has confirmed, some days after their last link has expired, and people of whom nothing else is
 * known (DOI-31): whoever has said "this was not me" too. What stays is the keyed hash that limits mails to an address, and the
 * word never to write to it again. Tells how many sign-ups went.
 */
export async function forgetUnconfirmed(ctx: AppContext): Promise<number> {
  const { keepUnconfirmedDays, confirmHours } = await readInstance(ctx);
  const expired = ctx.clock() - keepUnconfirmedDays * day;
  // Whoever asks again gets a fresh link, under which an old sign-up is as good as new; and what is owed still is not forgotten.
  const old = sql`s.since < ${expired - confirmHours * hour} and not exists (
    select 1 from notices o left join batches b on b.id = o.batch where o.subscriber = s.subscriber
      and ((o.kind in ('confirmation', 'reminder') and o.expires_at > ${expired}) or (o.state is null and b.settled_at is null)))`;
  const rows = [...(await stillPending(ctx, old)), ...(await endedUnconfirmed(ctx, old))];
  if (rows.length === 0) return 0;
  const pairs = JSON.stringify(rows.map((row) => [row.newsletter, row.subscriber]));
  const people = JSON.stringify([...new Set(rows.map((row) => row.subscriber))]);
  const chosen = sql`(select j.value ->> 0, j.value ->> 1 from json_each(${pairs}) j)`;
  const alone = sql<boolean>`not exists (select 1 from subscriptions s where s.subscriber = p.id)`;
  const [ended, gone] = await ctx.store.commit(
    // Who was a reader before stays one who has left: the generation must not be given out again, since proofs name it (LAW-01).
    sql<{ subscriber: number }>`update subscriptions as s set status = 'unsubscribed', since = ${ctx.clock()}
      where (s.newsletter, s.subscriber) in ${chosen} and s.status = 'pending' and s.generation > 1 and ${old}
        and exists (select 1 from subscribers p where p.id = s.subscriber and p.proven_at is not null) returning subscriber`,
    sql<{
      subscriber: number;
    }>`delete from subscriptions as s where (s.newsletter, s.subscriber) in ${chosen} and ${old} and (s.status = 'pending'
        or s.status = 'unsubscribed' and exists (select 1 from subscribers p where p.id = s.subscriber and p.proven_at is null))
      returning subscriber`,
    sql`update consents set subscriber = null, form = null, page = null where (newsletter, subscriber) in ${chosen}
      and not exists (select 1 from subscriptions s where s.newsletter = consents.newsletter and s.subscriber = consents.subscriber)
      and exists (select 1 from subscribers p where p.id = consents.subscriber and p.proven_at is null)`,
    deleteUnconfirmed(people, alone),
  );
  return ended.rows.length + gone.rows.length;
}

interface Forgettable {
  readonly newsletter: number;
  readonly subscriber: number;
}

async function stillPending(ctx: AppContext, old: RawBuilder<unknown>): Promise<Forgettable[]> {
  const { rows } = await sql<Forgettable>`
    select s.newsletter, s.subscriber from subscriptions s where s.status = 'pending' and ${old} order by s.since limit ${most}`.execute(
    ctx.store.db,
  );
  return rows;
}

/** Requests that ended before anybody had ever confirmed the address. No index knows them, so each minute looks at a slice of all. */
async function endedUnconfirmed(ctx: AppContext, old: RawBuilder<unknown>): Promise<Forgettable[]> {
  const { db } = ctx.store;
  const last = await db
    .selectFrom("subscribers")
    .select((eb) => eb.fn.max("id").as("id"))
    .executeTakeFirst();
  const slices = Math.ceil((last?.id ?? 0) / slice);
  const after = slices === 0 ? 0 : (Math.floor(ctx.clock() / minute) % slices) * slice;
  const { rows } = await sql<Forgettable>`
    select s.newsletter, s.subscriber from subscribers p cross join subscriptions s on s.subscriber = p.id
    where p.id > ${after} and p.id <= ${after + slice} and p.proven_at is null and s.status = 'unsubscribed' and ${old}
    limit ${most}`.execute(db);
  return rows;
}
