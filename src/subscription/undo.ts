import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { maskAddress } from "../mail/address.ts";
import { suppressed } from "../suppression/suppress.ts";
import { undoFor } from "./withdraw.ts";

/** A press that a browser repeats at once still gets the way back, in ms; whoever comes by the same mail later does not. */
const repeatedWithin = 10_000;

/** One leaving: what was left in one commit, by one reader. */
interface Leaving {
  /** 0: all of them. */
  readonly newsletter: number;
  readonly subscriber: number;
  readonly at: number;
}

/**
 * The token by which a leaving of just now can be undone and given a reason; null where nothing was left that had been confirmed.
 * It stands on the page that answers the press and nowhere else: a mail that was forwarded must not bring anybody back, so that
 * who left by another page is not offered it here. Who left by the button of a mail program is asked nothing at all.
 */
export async function offerUndo(
  ctx: AppContext,
  left: { subscriber: number; newsletter: number | null; method: string },
): Promise<string | null> {
  const newsletter = left.newsletter ?? 0;
  const since = ctx.clock() - repeatedWithin;
  const { rows } = await sql<{ at: number | null }>`
    select max(s.since) at from subscriptions s
    where ${ofLeaving({ newsletter, subscriber: left.subscriber })} and s.status = 'unsubscribed' and s.since >= ${since}
      and ${wasConfirmed} and exists (select 1 from consents c where c.subscriber = s.subscriber and c.newsletter = s.newsletter
        and c.generation = s.generation and c.event = 'withdrawn' and c.method = ${left.method})`.execute(ctx.store.db);
  const at = rows[0]?.at ?? null;
  return at === null ? null : ctx.signer.sign("undo", [newsletter, left.subscriber, at]);
}

/** The leaving that a token is about; `late` once its hour is over, null for a forged one. */
export function readLeaving(ctx: AppContext, token: string): Leaving | "late" | null {
  const read = ctx.signer.read("undo", token);
  if (read === null) return null;
  const [newsletter = 0, subscriber = 0, at = 0] = read.ids;
  return ctx.clock() - at > undoFor ? "late" : { newsletter, subscriber, at };
}

export type UndoResult =
  | { outcome: "undone"; newsletters: { slug: string; name: string }[]; address: string; language: string }
  | { outcome: "late" }
  | { outcome: "unknown" };

/**
 * Takes a leaving back within the hour: what was left in it and had been confirmed is active again, in a new generation, so that
 * old confirm links stay dead (I6), those of a sign-up since then too. Repeats change nothing and say the same; `late` also where
 * nothing can be brought back.
 */
export async function undo(ctx: AppContext, input: { token: string }): Promise<UndoResult> {
  const leaving = readLeaving(ctx, input.token);
  if (leaving === null) return { outcome: "unknown" };
  if (leaving === "late") return { outcome: "late" };
  const now = ctx.clock();
  const which = sql`${stillLeft(leaving)} and ${wasConfirmed}
    and not exists (select 1 from subscribers p where p.id = s.subscriber and ${suppressed(sql`p.email_key`, sql`s.newsletter`)})`;
  await ctx.store.commit(
    sql`insert into consents (newsletter, subscriber, generation, event, at, method)
      select s.newsletter, s.subscriber, s.generation + 1, 'confirmed', ${now}, 'undo' from subscriptions s where ${which}
      on conflict do nothing`,
    sql`update subscriptions as s set status = 'active', generation = generation + 1, since = ${now} where ${which}`,
  );
  return (await standing(ctx, leaving)) ?? { outcome: "late" };
}

/** What the undoing of this leaving has brought back and still stands: a second press finds it so. */
async function standing(ctx: AppContext, leaving: Leaving): Promise<UndoResult | null> {
  const { rows } = await sql<{ slug: string; name: string; email: string; language: string }>`
    select n.slug, n.name, p.email, coalesce(p.language, n.language) language from subscriptions s join newsletters n on n.id = s.newsletter
    join subscribers p on p.id = s.subscriber
    where ${ofLeaving(leaving)} and s.status = 'active' and exists (select 1 from consents c
      where c.subscriber = s.subscriber and c.newsletter = s.newsletter and c.generation = s.generation
        and c.event = 'confirmed' and c.method = 'undo' and c.at >= ${leaving.at})
    order by n.position, n.name`.execute(ctx.store.db);
  const [first] = rows;
  if (first === undefined) return null;
  return {
    outcome: "undone",
    newsletters: rows.map(({ slug, name }) => ({ slug, name })),
    address: maskAddress(first.email),
    language: first.language,
  };
}

/** SQL over `subscriptions s`: what a leaving was about. */
function ofLeaving(leaving: Pick<Leaving, "newsletter" | "subscriber">): RawBuilder<boolean> {
  return sql<boolean>`s.subscriber = ${leaving.subscriber} and (${leaving.newsletter} = 0 or s.newsletter = ${leaving.newsletter})`;
}

/**
 * SQL over `subscriptions s`: what was left and is not taken up again. Anybody may have signed the address up meanwhile, which
 * nobody has confirmed: that takes nothing away from whoever left.
 */
export function stillLeft(leaving: Leaving): RawBuilder<boolean> {
  return sql<boolean>`${ofLeaving(leaving)} and (s.status = 'unsubscribed' and s.since = ${leaving.at}
    or s.status = 'pending' and exists (select 1 from consents c where c.subscriber = s.subscriber and c.newsletter = s.newsletter
      and c.generation = s.generation - 1 and c.event = 'withdrawn' and c.at = ${leaving.at}))`;
}

/** What was still waiting for its confirmation is asked for anew, never brought back. */
const wasConfirmed = sql`exists (select 1 from consents c where c.subscriber = s.subscriber and c.newsletter = s.newsletter
  and c.generation = s.generation - (s.status = 'pending') and c.event = 'confirmed')`;
