import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { suppress } from "../suppression/suppress.ts";
import { type ConfirmLink, readConfirmLink } from "./links.ts";
import { withdraw } from "./withdraw.ts";

/** Whose address a stranger typed, as far as a page may show it. */
export interface Disowned {
  /** Masked. */
  readonly address: string;
  readonly newsletters: readonly string[];
}

/** `gone`: an old link of ours, behind which nothing is any more. */
export type DisownResult = ({ outcome: "known" } & Disowned) | { outcome: "gone" } | { outcome: "unknown" };

/** What the page behind "this was not me" shows; reads only (I1). */
export async function viewDisown(ctx: AppContext, token: string): Promise<DisownResult> {
  return describe(await readConfirmLink(ctx, token));
}

/**
 * Ends what a confirmation mail asked for, as the person says who got it: all of it that is pending or active in that generation.
 * A repeat changes nothing, and a link that has expired serves as well.
 */
export async function disown(ctx: AppContext, input: { token: string }): Promise<DisownResult> {
  const link = await readConfirmLink(ctx, input.token);
  if (!link.known) return describe(link);
  const { subscriber, items } = link.asked;
  const ended = items.filter((item) => item.status === "pending" || item.status === "active");
  const at = ctx.clock();
  const statements = ended.flatMap(({ newsletter }) => withdraw({ subscriber, newsletter, method: "not-me", at }));
  if (statements.length > 0) await ctx.store.commit(...statements);
  return describe(link);
}

/** The same, and no mail of any kind goes to this address any more. Only the operator takes that back. */
export async function disownForGood(ctx: AppContext, input: { token: string }): Promise<DisownResult> {
  const result = await disown(ctx, input);
  const link = await readConfirmLink(ctx, input.token);
  if (!link.known) return result;
  const person = await ctx.store.db
    .selectFrom("subscribers")
    .select("email_key")
    .where("id", "=", link.asked.subscriber)
    .executeTakeFirst();
  if (person === undefined) return { outcome: "gone" };
  const { email_key: emailKey } = person;
  // An erasure at the same moment has the last word: nothing in plain is kept of whom nobody knows.
  const there = sql<boolean>`exists (select 1 from subscribers where email_key = ${emailKey})`;
  await ctx.store.commit(
    suppress({ emailKey, newsletter: 0, reason: "manual", origin: "reader", at: ctx.clock() }, there),
  );
  return result;
}

function describe(link: ConfirmLink): DisownResult {
  if (!link.known) return { outcome: link.authentic ? "gone" : "unknown" };
  const { address, items } = link.asked;
  return { outcome: "known", address, newsletters: items.map(({ name }) => name) };
}
