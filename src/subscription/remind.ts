import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { isReminded, oweReminder, reminderWaiting, wasAsked } from "../delivery/owe-reminder.ts";
import { readInstance } from "../instance/find.ts";
import { parseAddress } from "../mail/address.ts";
import { addressHashes, barred, suppressed } from "../suppression/suppress.ts";
import { mailSlot, mailTimes, noteMail } from "./throttle.ts";

const hour = 3_600_000;

/** Who is not reminded within so many ms of the right time never is: an option turned on today wakes nobody of last year. */
const window = 24 * hour;

/** At most so many in a call; the next minute goes on. */
const most = 100;

interface Waiting {
  readonly subscriber: number;
  readonly email: string;
  /** JSON array of [newsletter, generation]. */
  readonly items: string;
}

/**
 * Owes a reminder to those who were asked to confirm and have not, where the operator wants that: one for each sign-up, within the
 * limits of all mails to an address (DOI-22), and never to one that is suppressed. Tells how many.
 */
export async function remindPending(ctx: AppContext): Promise<number> {
  const { remindHours, confirmHours } = await readInstance(ctx);
  if (remindHours === null) return 0;
  const now = ctx.clock();
  const waiting = await listWaiting(ctx, now - remindHours * hour);
  let owed = 0;
  for (const one of waiting) owed += await remind(ctx, one, { now, lasts: confirmHours * hour });
  if (owed > 0) ctx.bell.ring();
  return owed;
}

async function listWaiting(ctx: AppContext, before: number): Promise<Waiting[]> {
  const { rows } = await sql<Waiting>`
    select s.subscriber, p.email, json_group_array(json_array(s.newsletter, s.generation)) items
    from subscriptions s join subscribers p on p.id = s.subscriber join newsletters n on n.id = s.newsletter
    where s.status = 'pending' and s.since <= ${before} and s.since > ${before - window} and n.status = 'open'
      and not ${isReminded(sql`s.subscriber`, sql`s.newsletter`, sql`s.generation`)} and ${wasAsked(sql`s.subscriber`, sql`s.newsletter`, sql`s.generation`)}
    group by s.subscriber order by s.subscriber limit ${most}`.execute(ctx.store.db);
  return rows;
}

async function remind(ctx: AppContext, one: Waiting, how: { now: number; lasts: number }): Promise<number> {
  const address = parseAddress(one.email, { allowReserved: true });
  if (!address.ok) return 0;
  const { signer } = ctx;
  const { emailKey } = address;
  const key = sql<string>`${signer.keyedHash("throttle", address.abuseKey, signer.firstKey)}`;
  const now = sql<number>`${how.now}`;
  const slot = mailSlot(sql`g.times`, sql`g.now`);
  const [owed] = await ctx.store.commit(
    oweReminder({
      ...{
        subscriber: one.subscriber,
        mailbox: key,
        // Each value once: a statement of D1 takes a hundred parameters.
        judged: sql`select ${how.now} now, ${mailTimes(key, now)} times`,
        items: one.items,
        at: how.now,
        lasts: how.lasts,
        dueAt: slot.dueAt,
      },
      skip: sql`case when ${suppressed(sql`${emailKey}`, sql`0`)} or ${barred(addressHashes(signer, emailKey))} then 'suppressed'
        when ${slot.tooMany(sql`false`)} then 'cool-down' end`,
    }),
    noteMail(key, reminderWaiting(one.subscriber), now),
  );
  return owed.rows.length;
}
