import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import type { Claim } from "./claim.ts";
import { mine } from "./held.ts";
import { closeJournal } from "./journal.ts";
import { charge } from "./meters.ts";
import { heard, learnPace } from "./outlet.ts";

/**
 * Accepted: one provider id per member, in order. Names and addresses go (they are no longer needed). `pace` is how many calls
 * the answer allows in how many ms; it is written where it differs from what the claim found.
 */
export async function settleAccepted(
  ctx: AppContext,
  claim: Claim,
  receipt: readonly (readonly [member: number, id: string])[],
  pace?: { readonly calls: number; readonly span: number },
): Promise<boolean> {
  ctx.probe("answered");
  const isNews = pace !== undefined && (pace.calls !== claim.pass?.calls || pace.span !== claim.pass.span);
  const outlet = isNews ? [heard(ctx), learnPace(ctx, pace)] : [heard(ctx)];
  return settle(ctx, claim, "accepted", { receipt: JSON.stringify(receipt), error: null }, [
    ...charge(ctx, claim),
    ...outlet,
  ]);
}

/** Nobody is left in the batch: everyone in it was skipped. */
export async function settleEmpty(ctx: AppContext, claim: Claim): Promise<boolean> {
  return settle(ctx, claim, "skipped", { receipt: null, error: null });
}

/** The single member of the batch cannot be mailed, and the provider says why. */
export async function settleFailed(ctx: AppContext, claim: Claim, reason: string): Promise<boolean> {
  return settle(ctx, claim, "failed", { receipt: null, error: reason });
}

/** Nobody knows whether these mails left. Who they went to stays known by the batch, their addresses are not kept for it. */
export async function settleInDoubt(ctx: AppContext, claim: Claim, reason: string): Promise<boolean> {
  return settle(ctx, claim, "in_doubt", { receipt: null, error: reason }, charge(ctx, claim));
}

async function settle(
  ctx: AppContext,
  claim: Claim,
  state: "accepted" | "failed" | "skipped" | "in_doubt",
  end: { receipt: string | null; error: string | null },
  first: readonly RawBuilder<unknown>[] = [],
): Promise<boolean> {
  const done = await ctx.store.commit(
    ...first,
    sql<{ id: number }>`
      update batches set state = ${state}, receipt = ${end.receipt}, error = ${end.error}, members = null,
        settled_at = ${ctx.clock()}
      where ${mine(claim)} returning id`,
    closeJournal(claim.id),
  );
  ctx.probe("settled");
  return done[first.length]?.rows.length === 1;
}

/**
 * Puts the batch back until `dueAt`. `thaw` when surely nothing left under its key: the next claim freezes its members afresh,
 * so that whoever leaves meanwhile is skipped (I5); otherwise key, bytes and hash stay. `burns` counts a try for the backoff.
 * The claim ends here: its holder can write nothing more.
 */
export async function postpone(
  ctx: AppContext,
  claim: Claim,
  wait: { dueAt: number; reason: string; burns: boolean; thaw: boolean },
): Promise<boolean> {
  const thawed = wait.thaw
    ? sql`, attempt = attempt + 1, members = null, payload_hash = null, first_sent_at = null, state = 'planned'`
    : sql``;
  const [done] = await ctx.store.commit(
    sql<{ id: number }>`
      update batches set due_at = ${wait.dueAt}, error = ${wait.reason}, tries = tries + ${wait.burns ? 1 : 0}, holder = null,
        fence = fence + 1 ${thawed}
      where ${mine(claim)} returning id`,
    closeJournal(claim.id),
  );
  return done.rows.length === 1;
}
