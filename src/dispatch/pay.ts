import type { AppContext } from "../context.ts";
import type { Claim } from "../delivery/claim.ts";
import { freeze, holds } from "../delivery/freeze.ts";
import { postpone, settleAccepted, settleFailed, settleInDoubt } from "../delivery/settle.ts";
import type { Outcome, Parcel } from "../provider/contract.ts";
import { backoff } from "./backoff.ts";

/** A claimed batch, composed: who is in it, the bytes, and what the two lanes do differently. */
export interface Load {
  readonly claim: Claim;
  /** Ids of the members, in the order of the parcel. */
  readonly members: readonly number[];
  readonly parcel: Parcel;
  /** Goes into the commit that writes the hash. */
  readonly frozen: { members?: string; content?: string };
  readonly idempotencyKey: string;
  split(): Promise<void>;
  /** The provider will take nothing more before a person or time has mended something. */
  stopped(reason: string, halt: boolean): Promise<void>;
}

const hour = 3_600_000;

/** Resend forgets a key after 24 h; an hour is kept for clocks that differ (RULES §8.1). */
export const idempotencyWindow = 23 * hour;

/** Freezes, sends and settles one batch. Whatever happens, its rows say what is known. */
export async function pay(ctx: AppContext, load: Load): Promise<void> {
  const { claim, parcel } = load;
  if (parcel.size > ctx.provider.limits.bytes && load.members.length > 1 && claim.payloadHash === null) {
    return load.split();
  }
  const hash = await hashOf(parcel.chunks);
  if (!(await mayLeave(ctx, load, hash))) return;
  const outcome = await parcel.send(load.idempotencyKey);
  ctx.probe("sent");
  await settle(ctx, load, outcome);
}

async function mayLeave(ctx: AppContext, load: Load, hash: string): Promise<boolean> {
  const { claim } = load;
  if (claim.payloadHash === null) return freeze(ctx, claim, { hash, ...load.frozen });
  if (hash !== claim.payloadHash) {
    const reason = "the mails would differ from those of the first attempt, so they were not sent again";
    ctx.log.error("batch in doubt", { batch: claim.id, reason });
    await settleInDoubt(ctx, claim, reason);
    return false;
  }
  if (ctx.clock() - (claim.firstSentAt ?? 0) > idempotencyWindow) {
    await settleInDoubt(ctx, claim, "no answer came while the provider would have recognised a repeat");
    return false;
  }
  return holds(ctx, claim);
}

async function settle(ctx: AppContext, load: Load, outcome: Outcome): Promise<void> {
  const { claim, members } = load;
  const { id: batch } = claim;
  // Bytes frozen by this very claim and surely not accepted: the next try may freeze anew.
  const thaw = claim.payloadHash === null;
  switch (outcome.result) {
    case "accepted":
      return accepted(ctx, load, outcome.ids);
    case "retry":
      ctx.log.info("batch waits", { batch, reason: outcome.reason });
      return wait(ctx, load, {
        after: backoff(ctx, claim.tries, outcome.after),
        reason: outcome.reason,
        burns: true,
        thaw,
      });
    case "unsure":
      ctx.log.info("batch without an answer", { batch, reason: outcome.reason });
      return wait(ctx, load, {
        after: backoff(ctx, claim.tries, outcome.after),
        reason: outcome.reason,
        burns: true,
        thaw: false,
      });
    case "pause":
      await wait(ctx, load, { after: outcome.after ?? hour, reason: outcome.reason, burns: false, thaw });
      return load.stopped(outcome.reason, false);
    case "halt":
      ctx.log.error("provider refuses", { batch, reason: outcome.reason });
      await wait(ctx, load, { after: backoff(ctx, 10), reason: outcome.reason, burns: false, thaw });
      return load.stopped(outcome.reason, true);
    case "rejected":
      if (members.length > 1) return load.split();
      ctx.log.info("mail refused", { batch, reason: outcome.reason });
      await settleFailed(ctx, claim, outcome.reason);
      return;
    case "conflict":
      ctx.log.error("batch in doubt", { batch, reason: outcome.reason });
      await settleInDoubt(ctx, claim, outcome.reason);
      return;
    default:
      return outcome satisfies never;
  }
}

async function accepted(ctx: AppContext, load: Load, ids: readonly string[]): Promise<void> {
  const { claim, members } = load;
  if (ids.length !== members.length) {
    const reason = `the provider named ${ids.length} mails of ${members.length}`;
    return settle(ctx, load, { result: "unsure", reason });
  }
  const receipt = members.map((member, place) => [member, ids[place] ?? ""] as const);
  // A lost lease: whoever took the batch over sends the same bytes under the same key and settles it.
  if (!(await settleAccepted(ctx, claim, receipt))) ctx.log.info("lease lost before settling", { batch: claim.id });
}

async function wait(
  ctx: AppContext,
  load: Load,
  how: { after: number; reason: string; burns: boolean; thaw: boolean },
): Promise<void> {
  const { after, ...rest } = how;
  await postpone(ctx, load.claim, { dueAt: ctx.clock() + after, ...rest });
}

async function hashOf(chunks: readonly Uint8Array[]): Promise<string> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
