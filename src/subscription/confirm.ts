import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { oweWelcome } from "../delivery/owe.ts";
import { prepareStatements } from "../store/prepared.ts";
import { markProven } from "../subscriber/keep.ts";
import { addressHashes, forgetErased, suppressed } from "../suppression/suppress.ts";
import { type Asked, type AskedItem, readConfirmLink } from "./links.ts";

/** A newsletter on the page behind a confirmation link. */
export interface Joined {
  readonly slug: string;
  readonly name: string;
  readonly thanks: string;
}

export type ConfirmResult =
  | { outcome: "confirmed"; newsletters: Joined[] }
  | { outcome: "already"; newsletters: Joined[] }
  | { outcome: "expired" }
  | { outcome: "unknown" };

const day = 24 * 3_600_000;

/**
 * Confirms what a link asks for, as far as it is still pending in that generation: consent recorded and welcome owed in the
 * same commit. A repeat changes nothing and says `already`; after leaving, erasure or suppression the link is `expired` (I6).
 */
export async function confirm(ctx: AppContext, input: { token: string }): Promise<ConfirmResult> {
  const link = await readConfirmLink(ctx, input.token);
  if (!link.known) return { outcome: link.authentic ? "expired" : "unknown" };
  const now = ctx.clock();
  const fresh = link.asked.notice.expires_at > now ? await activate(ctx, link.asked, now) : [];
  if (fresh.length > 0) {
    ctx.bell.ring();
    return {
      outcome: "confirmed",
      newsletters: joined(link.asked.items, (one) => fresh.includes(one.newsletter) || active(one)),
    };
  }
  // Read again: a click at the same moment may have confirmed it.
  return standing(await readConfirmLink(ctx, input.token), now) ?? { outcome: "expired" };
}

/** What a link answers by itself where it has nothing to confirm; null where it comes too late for that. */
export function standing(link: Awaited<ReturnType<typeof readConfirmLink>>, now: number): ConfirmResult | null {
  if (!link.known) return { outcome: link.authentic ? "expired" : "unknown" };
  const { items, notice } = link.asked;
  const missed = notice.expires_at <= now && items.some((item) => item.status === "pending");
  const here = joined(items, active);
  return missed || here.length === 0 ? null : { outcome: "already", newsletters: here };
}

function active(item: AskedItem): boolean {
  return item.status === "active";
}

function joined(items: readonly AskedItem[], which: (item: AskedItem) => boolean): Joined[] {
  return items.filter(which).map(({ slug, name, thanks }) => ({ slug, name, thanks }));
}

interface Activation {
  readonly subscriber: number;
  readonly notice: number;
  /** JSON list of [newsletter, generation]. */
  readonly items: string;
  readonly emailKey: string;
  /** JSON of the address's keyed hashes. */
  readonly erased: string;
  readonly now: number;
  readonly welcomeUntil: number;
}

const activation = prepareStatements<Activation>((at) => {
  const { subscriber, notice, now } = at;
  const ours = sql`(newsletter, generation) in (select j.value ->> 0, j.value ->> 1 from json_each(${at.items}) j)`;
  // Of this very person: an erasure at the same moment leaves events that are nobody's.
  const proven = sql<boolean>`exists (select 1 from consents
    where notice = ${notice} and subscriber = ${subscriber} and event = 'confirmed')`;
  return [
    sql<{ newsletter: number }>`
      update subscriptions set status = 'active', since = ${now}, paused_until = null, paused_at = null
      where subscriber = ${subscriber} and status = 'pending' and ${ours}
        and not ${suppressed(at.emailKey, sql`subscriptions.newsletter`)}
      returning newsletter`,
    // Only for what has just become active; the unique key keeps one event per generation (DOI-05).
    sql`insert into consents (newsletter, subscriber, generation, event, at, method, notice)
      select newsletter, subscriber, generation, 'confirmed', ${now}, 'link', ${notice} from subscriptions
      where subscriber = ${subscriber} and status = 'active' and since = ${now} and ${ours}
      on conflict do nothing`,
    markProven(subscriber, now, proven),
    oweWelcome({ notice, subscriber, at: now, expiresAt: at.welcomeUntil }),
    forgetErased(at.erased, proven),
  ];
});

async function activate(ctx: AppContext, asked: Asked, now: number): Promise<number[]> {
  const { subscriber, notice, emailKey } = asked;
  const [done] = await ctx.store.commit(
    ...activation(ctx.store.db, {
      ...{ subscriber, notice: notice.id, items: notice.items, emailKey, now },
      erased: JSON.stringify(addressHashes(ctx.signer, emailKey)),
      welcomeUntil: now + 14 * day,
    }),
  );
  const rows = (done?.rows ?? []) as { newsletter: number }[];
  return rows.map((row) => row.newsletter);
}
