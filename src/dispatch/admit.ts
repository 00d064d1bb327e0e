import type { AppContext } from "../context.ts";
import type { IssueClaim } from "../delivery/claim.ts";
import { holdLimited, keepBack } from "../delivery/defer.ts";
import { admit, type KeptBack, type Member } from "../delivery/limits.ts";
import type { Room } from "../delivery/meters.ts";
import { postpone } from "../delivery/settle.ts";
import { noteWait } from "../issue/progress.ts";
import { noteSending } from "../issue/waiting.ts";

/**
 * Lets as many of a claimed batch go on as its limits leave; the others wait for the next window. Null when nobody may leave
 * now. Bytes that may have left already were admitted then, and are repeated whole.
 */
export async function admitBatch(ctx: AppContext, claim: IssueClaim): Promise<IssueClaim | null> {
  if (!claim.room || claim.payloadHash !== null) return claim;
  const members = JSON.parse(claim.members) as Member[];
  const now = ctx.clock();
  const admission = admit(JSON.parse(claim.room) as Room, members, now);
  const [first, ...others] = admission.kept;
  if (first === undefined) return claim;
  if (admission.go.length > 0 || others.length > 0) {
    return keepBack(ctx, claim, admission, ctx.provider.limits.members);
  }
  const { dueAt, reason } = first;
  await postpone(ctx, claim, { dueAt, reason: reason ?? "others hold what a limit leaves", burns: false, thaw: true });
  if (reason !== null) await holdOthers(ctx, claim, first, reason, now);
  return null;
}

/** The limit is used up: whatever else waits for its turn would only be told the same, claim by claim. */
async function holdOthers(
  ctx: AppContext,
  claim: IssueClaim,
  kept: KeptBack,
  reason: string,
  now: number,
): Promise<void> {
  ctx.log.info("limit reached", { issue: claim.issue, until: new Date(kept.dueAt).toISOString(), reason });
  await ctx.store.commit(holdLimited(claim, kept, now));
  if (kept.scope === "domain") return noteWait(ctx, { id: claim.issue, error: reason });
  return noteSending(ctx, reason, kept.scope === "newsletter" ? claim.newsletter : null);
}
