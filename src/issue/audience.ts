import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { isPaused } from "../delivery/pauses.ts";
import { suppressed } from "../suppression/suppress.ts";

/** SQL over `subscriptions s join subscribers p`: who gets an issue of a newsletter, fixed at the instant of the shown count. */
export function inAudience(
  newsletter: number | RawBuilder<number>,
  at: number | RawBuilder<number>,
): RawBuilder<boolean> {
  return sql<boolean>`${subscribed(newsletter, at)} and not ${isPaused(at)}`;
}

/** The same, and those who take a break. */
function subscribed(newsletter: number | RawBuilder<number>, at: number | RawBuilder<number>): RawBuilder<boolean> {
  const list = sql<number>`${newsletter}`;
  return sql<boolean>`s.newsletter = ${list} and s.status = 'active' and s.since <= ${at}
    and not ${suppressed(sql`p.email_key`, list)}`;
}

/** How many readers a newsletter has now, and how many more who take a break. */
export async function countReaders(ctx: AppContext, newsletter: number): Promise<{ readers: number; paused: number }> {
  const now = ctx.clock();
  const { rows } = await sql<{ readers: number; paused: number }>`
    select count(*) filter (where not ${isPaused(now)}) readers, count(*) filter (where ${isPaused(now)}) paused
    from subscriptions s join subscribers p on p.id = s.subscriber
    where ${subscribed(newsletter, now)}`.execute(ctx.store.db);
  return rows[0] ?? { readers: 0, paused: 0 };
}

/**
 * How many readers a newsletter had at an instant, those included who left or were suppressed since: a script's `--expect` must
 * not fail because someone left between the count and the word to send. They are not mailed all the same.
 */
export async function countAudienceAsOf(ctx: AppContext, newsletter: number, at: number): Promise<number> {
  return countThen(ctx, newsletter, at, sql`not ${isPaused(at)}`);
}

/** How many more would have been readers at that instant, had they not paused. */
export async function countPausedAsOf(ctx: AppContext, newsletter: number, at: number): Promise<number> {
  return countThen(ctx, newsletter, at, isPaused(at));
}

async function countThen(ctx: AppContext, newsletter: number, at: number, which: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) n from subscriptions s join subscribers p on p.id = s.subscriber
    where s.newsletter = ${newsletter} and ${which} and exists (
      select 1 from consents c where c.subscriber = s.subscriber and c.newsletter = s.newsletter and c.event = 'confirmed'
        and c.at <= ${at} and not exists (
          select 1 from consents w where w.subscriber = c.subscriber and w.newsletter = c.newsletter
            and w.generation = c.generation and w.event = 'withdrawn' and w.at <= ${at}))
      and not exists (select 1 from suppressions x where x.email_key = p.email_key
        and x.newsletter in (0, ${newsletter}) and x.at <= ${at})`.execute(ctx.store.db);
  return rows[0]?.n ?? 0;
}
