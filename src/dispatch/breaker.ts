import type { AppContext } from "../context.ts";
import type { Claim } from "../delivery/claim.ts";
import { countFailure, emptyBucket, heard, learnPace, mostFailures } from "../delivery/outlet.ts";
import { noteSending, pauseUnserved } from "../issue/waiting.ts";
import type { Ended, Outcome } from "../provider/contract.ts";

const hour = 3_600_000;

/** An issue that could send nothing for so long because of the provider needs a person. */
const giveUpAfter = 24 * hour;

/** A batch that fails for its own sake counts so often and no more: alone it must not stop everything else. */
const mostOfOneBatch = mostFailures - 1;

/** What a batch that was not accepted has to respect. Times in ms UTC. */
export interface Word {
  /** No call of any process leaves before. */
  readonly until: number;
  /** True: the wait is the provider's or the breaker's, so that no try of the batch is used up. */
  readonly spares: boolean;
  /** True: the breaker is open, and the issues that wait have been told so. */
  readonly isOutage: boolean;
}

const nothing: Word = { until: 0, spares: false, isOutage: false };

/**
 * Passes on to all processes what an outcome says about the way out itself: that it is there, that it wants fewer calls, or that
 * it has failed once more. An acceptance is passed on by the commit that settles it.
 */
export async function heed(
  ctx: AppContext,
  claim: Claim,
  outcome: Exclude<Outcome, { result: "accepted" }>,
): Promise<Word> {
  const end: Exclude<Outcome, { result: "accepted" | "partly" }> | Ended | null =
    outcome.result === "partly" ? outcome.ended : outcome;
  // A server that takes fifty mails and hangs up is there; it wants another connection.
  const tookSome = outcome.result === "partly" && outcome.members.some(({ result }) => result === "accepted");
  if (tookSome && end?.result === "retry" && end.limited !== true) return answered(ctx, claim);
  if (end === null || (end.result !== "retry" && end.result !== "unsure")) return answered(ctx, claim);
  if (end.result === "retry" && end.limited === true) return limited(ctx, claim, end);
  if (end.result === "unsure" && end.answered === true) return answered(ctx, claim);
  return failed(ctx, claim, end.reason);
}

async function answered(ctx: AppContext, claim: Claim): Promise<Word> {
  await ctx.store.commit(heard(ctx));
  tellReturn(ctx, claim);
  return nothing;
}

/** Logs that the breaker is closed again, where this very call was its trial. */
export function tellReturn(ctx: AppContext, { pass }: Claim): void {
  if (pass?.isProbe === 1) ctx.log.info("provider answers again");
}

async function limited(ctx: AppContext, claim: Claim, end: Extract<Ended, { result: "retry" }>): Promise<Word> {
  const pace = end.pace === undefined ? [] : [learnPace(ctx, end.pace)];
  const done = await ctx.store.commit(...pace, heard(ctx), emptyBucket(ctx, end.after));
  tellReturn(ctx, claim);
  const until = (done.at(-1)?.rows[0] as { until: number } | undefined)?.until ?? 0;
  ctx.log.info("provider wants fewer calls", { until: new Date(until).toISOString(), reason: end.reason });
  return { until, spares: end.after !== undefined, isOutage: false };
}

async function failed(ctx: AppContext, claim: Claim, reason: string): Promise<Word> {
  const [high = 0] = ctx.random(1);
  const pass = claim.pass ?? null;
  const counts = claim.tries < mostOfOneBatch;
  const now = await countFailure(ctx, { pass, counts, words: reason, draw: high / 255 });
  const since = new Date(now.since).toISOString().replace("T", " ").slice(0, 16);
  if (ctx.clock() - now.since >= giveUpAfter) await giveUp(ctx, since, reason);
  if (now.failures < mostFailures) return nothing;
  const words = `the provider has not answered as it should since ${since} UTC: ${reason}`;
  await noteSending(ctx, words);
  ctx.log.error("provider fails", { failures: now.failures, until: new Date(now.shutUntil).toISOString(), reason });
  return { until: now.shutUntil, spares: true, isOutage: true };
}

async function giveUp(ctx: AppContext, since: string, reason: string): Promise<void> {
  const error = `The provider has not answered as it should since ${since} UTC: ${reason}`;
  const paused = await pauseUnserved(ctx, { startedBefore: ctx.clock() - giveUpAfter, error });
  for (const issue of paused) ctx.log.error("issue paused after a day without the provider", { issue, reason });
}
