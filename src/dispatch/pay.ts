import type { AppContext } from "../context.ts";
import type { Ends } from "../delivery/apart.ts";
import type { Claim } from "../delivery/claim.ts";
import { freeze, holds, mayStillLeave } from "../delivery/freeze.ts";
import { holdIssueBatches } from "../delivery/hold.ts";
import { readLetters } from "../delivery/outcomes.ts";
import type { Gone } from "../delivery/recheck.ts";
import { postpone, settleAccepted, settleFailed, settleInDoubt } from "../delivery/settle.ts";
import type { Ended, Outcome, Parcel } from "../provider/contract.ts";
import { blankLetters, keepJournal, sortMembers } from "./apart.ts";
import { backoff } from "./backoff.ts";
import { heed, tellReturn, type Word } from "./breaker.ts";
import { traceOf, wordsOf } from "./fault.ts";

/** A claimed batch, composed: who is in it, the bytes, and what the two lanes do differently. */
export interface Load {
  readonly claim: Claim;
  /** Goes before others that wait for a call. */
  readonly inHurry: boolean;
  /** Ids of the members, in the order of the parcel. */
  readonly members: readonly number[];
  readonly parcel: Parcel;
  /** Goes into the commit that writes the hash. */
  readonly frozen: { members?: string; content?: string };
  readonly idempotencyKey: string;
  /** Members of bytes frozen earlier who must not be mailed any more. */
  gone(): Promise<Gone>;
  split(): Promise<void>;
  /** Settles each member by itself; false when the lease was lost. */
  apart(ends: Ends): Promise<boolean>;
  /** Tells whoever looks why nothing leaves; null once mails leave again. */
  note(reason: string | null): Promise<void>;
  /** The provider takes nothing more before a person has mended something. */
  halt(reason: string): Promise<void>;
  /** The batch's one mail was refused for good, and is settled. */
  refused(reason: string): Promise<void>;
}

const minute = 60_000;
const hour = 60 * minute;

/** Resend forgets a key after 24 h; an hour is kept for clocks that differ (RULES §8.1). */
export const idempotencyWindow = 23 * hour;

/** Clocks of two processes may differ by so much. */
const clockGrace = 10 * minute;

/** How long bytes may be repeated although one of their readers has left meanwhile (REL-06). */
const repeatDespiteLeaving = 15 * minute;

/** Tries in a row that fail before it is worth telling. */
const quietTries = 2;

/** A quota is not asked for more often, whatever wait the answer names: it may be that of the calls per second. */
const shortestPause = 10 * minute;

/** Freezes, sends and settles one batch. Whatever happens, its rows say what is known. False when no call was made. */
export async function pay(ctx: AppContext, load: Load): Promise<boolean> {
  const { claim, parcel, members } = load;
  const { limits } = ctx.provider;
  const isTooMuch = parcel.size > limits.bytes || members.length > limits.members;
  if (isTooMuch && members.length > 1 && claim.payloadHash === null) {
    await load.split();
    return false;
  }
  const hash = await parcel.digest();
  if (!(await mayLeave(ctx, load, hash))) return false;
  const outcome = await sendInTurn(ctx, load);
  if (outcome === null) {
    // Nothing has left: where the hash was written just now, the next claim begins afresh.
    const thaw = claim.payloadHash === null;
    await postpone(ctx, claim, { dueAt: ctx.clock(), reason: "its turn did not come", burns: false, thaw });
    return false;
  }
  ctx.probe("sent");
  await settle(ctx, load, outcome);
  return true;
}

/** Waits until one more call may be under way; null where the batch must not leave any more by then. */
async function sendInTurn(ctx: AppContext, load: Load): Promise<Outcome | null> {
  const entered = ctx.gate.enter(load.inHurry);
  if (!(await entered)) return null;
  try {
    const hasWaited = entered !== true;
    return hasWaited && !(await mayStillLeave(ctx, load.claim)) ? null : await send(ctx, load);
  } finally {
    ctx.gate.leave();
  }
}

/** A way out that throws in spite of its contract leaves the same doubt as one that stays silent. */
async function send(ctx: AppContext, load: Load): Promise<Outcome> {
  try {
    const { parcel, idempotencyKey, claim, members } = load;
    if (ctx.provider.knowsKeys) return await parcel.send(idempotencyKey);
    return await parcel.send(idempotencyKey, keepJournal(ctx, claim, members.length));
  } catch (fault) {
    ctx.log.error("provider threw", { batch: load.claim.id, fault: traceOf(fault) });
    return { result: "unsure", reason: `the call failed: ${wordsOf(fault)}` };
  }
}

async function mayLeave(ctx: AppContext, load: Load, hash: string): Promise<boolean> {
  const { claim } = load;
  const { knowsKeys } = ctx.provider;
  if (claim.payloadHash === null) {
    const letters = knowsKeys ? {} : { letters: blankLetters(load.members.length) };
    return freeze(ctx, claim, { hash, ...load.frozen, ...letters });
  }
  if (!knowsKeys) {
    await doubt(ctx, claim, "no answer came, and the present way out would not recognise a repeat");
    return false;
  }
  if (hash !== claim.payloadHash) {
    await doubt(ctx, claim, "the mails would differ from those of the first attempt, so they were not sent again");
    return false;
  }
  const reason = await tooLate(ctx, load);
  if (reason === null) return holds(ctx, claim);
  await doubt(ctx, claim, reason);
  return false;
}

/** Why bytes that may have left already must not be repeated now; null when they may. */
async function tooLate(ctx: AppContext, { claim, gone }: Load): Promise<string | null> {
  const age = ctx.clock() - (claim.firstSentAt ?? 0);
  // First tried at a time that has not come yet: the clock was set back, and how long ago it was nobody knows.
  if (age < -clockGrace) return "no answer came, and the clock was set back since";
  if (age > idempotencyWindow) return "no answer came while the provider would have recognised a repeat";
  const { all, erased } = await gone();
  if (erased > 0) return "no answer came, and a reader of it was erased meanwhile";
  if (all > 0 && age > repeatDespiteLeaving)
    return "no answer came, and a reader of it left or was suppressed meanwhile";
  return null;
}

async function settle(ctx: AppContext, load: Load, outcome: Outcome): Promise<void> {
  const { claim, members } = load;
  const { id: batch } = claim;
  // Bytes frozen by this very claim and surely not accepted: the next try may freeze anew.
  const thaw = claim.payloadHash === null;
  if (outcome.result === "accepted") return accepted(ctx, load, outcome);
  const word = await heed(ctx, claim, outcome);
  const { result } = outcome;
  switch (result) {
    case "partly":
      return settleApart(ctx, load, outcome, word);
    case "retry":
    case "unsure":
      return again(ctx, load, outcome, word);
    case "pause":
      return pause(ctx, load, outcome, thaw);
    case "halt":
      ctx.log.error("provider refuses", { batch, reason: outcome.reason });
      await wait(ctx, load, { after: backoff(ctx, 10), reason: outcome.reason, burns: false, thaw });
      return load.halt(outcome.reason);
    case "rejected":
      // An earlier attempt may have been accepted without saying so: other keys would be a guess (REL-06).
      if (!thaw) return doubt(ctx, claim, `refused on a repeat of a call without an answer: ${outcome.reason}`);
      if (members.length > 1) return load.split();
      ctx.log.info("mail refused", { batch, reason: outcome.reason });
      if (await settleFailed(ctx, claim, outcome.reason)) await load.refused(outcome.reason);
      return;
    case "conflict":
      return doubt(ctx, claim, outcome.reason);
    default:
      return outcome satisfies never;
  }
}

/** The batch is tried again later: unchanged where it may have been accepted. */
async function again(
  ctx: AppContext,
  load: Load,
  { result, reason, after }: Extract<Outcome, { result: "retry" | "unsure" }>,
  word: Word,
): Promise<void> {
  const { claim } = load;
  ctx.log.info(result === "retry" ? "batch waits" : "batch without an answer", { batch: claim.id, reason });
  await postpone(ctx, claim, {
    dueAt: Math.max(ctx.clock() + backoff(ctx, claim.tries, after), word.until),
    reason,
    burns: !word.spares,
    thaw: claim.payloadHash === null && result === "retry",
  });
  if (word.isOutage || claim.tries < quietTries) return;
  return load.note(reason);
}

/** Members fared differently, or the call broke off between two of them. */
async function settleApart(
  ctx: AppContext,
  load: Load,
  outcome: Extract<Outcome, { result: "partly" }>,
  word: Word,
): Promise<void> {
  const { claim } = load;
  const { ended } = outcome;
  const sorted = sortMembers(
    ctx,
    { claim, members: load.members, repeat: claim.payloadHash !== null },
    outcome.members,
  );
  const reason = ended?.reason ?? sorted.reason;
  const after = ended?.result === "halt" ? backoff(ctx, 10) : waitAfter(ctx, claim, outcome, sorted.after);
  ctx.log.info("batch settled apart", {
    batch: claim.id,
    accepted: sorted.accepted.length,
    later: sorted.later.length,
    ...(reason === "" ? {} : { reason }),
  });
  const dueAt = Math.max(ctx.clock() + after, word.until);
  if (!(await load.apart({ ...sorted, dueAt, reason }))) return;
  for (const [, state, why] of sorted.own) if (state === "failed") await load.refused(why);
  if (ended?.result === "halt") return load.halt(reason);
  if (ended?.result === "pause") await ctx.store.commit(holdIssueBatches(ctx.clock(), ctx.clock() + after));
  if (word.isOutage) return;
  if (ended !== null) return load.note(reason);
  if (sorted.accepted.length > 0) return load.note(null);
}

function waitAfter(
  ctx: AppContext,
  claim: Claim,
  { ended }: { ended: Ended | null },
  asked: number | undefined,
): number {
  if (ended?.result === "pause") return Math.max(ended.after ?? hour, shortestPause);
  const after = ended?.result === "retry" ? ended.after : asked;
  // A receiver that puts one reader off is asked again within the hour at most; minutes are for a provider that failed.
  return after === 0 ? 0 : backoff(ctx, claim.tries, after, ended === null ? hour : undefined);
}

/** The members of a batch as the journal of whoever sent them before leaves them; nothing of it is sent again. */
export async function takeUp(ctx: AppContext, load: Pick<Load, "claim" | "members" | "apart">): Promise<void> {
  const { claim, members } = load;
  const sorted = sortMembers(ctx, { claim, members, repeat: false }, readLetters(claim.letters ?? ""));
  ctx.log.info("batch taken up", { batch: claim.id, letters: claim.letters ?? "" });
  await load.apart({ ...sorted, dueAt: ctx.clock(), reason: sorted.reason });
}

/** The quota is the account's: whatever waits would only be told the same (RULES §6.3). */
async function pause(
  ctx: AppContext,
  load: Load,
  outcome: { reason: string; after?: number },
  thaw: boolean,
): Promise<void> {
  const after = Math.max(outcome.after ?? hour, shortestPause);
  ctx.log.info("quota used up", { batch: load.claim.id, reason: outcome.reason, after });
  await wait(ctx, load, { after, reason: outcome.reason, burns: false, thaw });
  await ctx.store.commit(holdIssueBatches(ctx.clock(), ctx.clock() + after));
  return load.note(outcome.reason);
}

async function doubt(ctx: AppContext, claim: Claim, reason: string): Promise<void> {
  ctx.log.error("batch in doubt", { batch: claim.id, reason });
  await settleInDoubt(ctx, claim, reason);
}

async function accepted(
  ctx: AppContext,
  load: Load,
  { ids, pace }: Extract<Outcome, { result: "accepted" }>,
): Promise<void> {
  const { claim, members } = load;
  if (ids.length !== members.length) {
    const reason = `the provider named ${ids.length} mails of ${members.length}`;
    return settle(ctx, load, { result: "unsure", reason });
  }
  const receipt = members.map((member, place) => [member, ids[place] ?? ""] as const);
  // A lost lease: whoever took the batch over sends the same bytes under the same key and settles it.
  const isSettled = await settleAccepted(ctx, claim, receipt, pace);
  tellReturn(ctx, claim);
  if (isSettled) return load.note(null);
  ctx.log.info("lease lost before settling", { batch: claim.id });
}

async function wait(
  ctx: AppContext,
  load: Load,
  how: { after: number; reason: string; burns: boolean; thaw: boolean },
): Promise<void> {
  const { after, ...rest } = how;
  await postpone(ctx, load.claim, { dueAt: ctx.clock() + after, ...rest });
}
