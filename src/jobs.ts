import type { AppContext } from "./context.ts";
import { nextDue } from "./delivery/find.ts";
import { purgeMeters } from "./delivery/meters.ts";
import { endOrphans } from "./delivery/orphans.ts";
import { purgeNotices } from "./delivery/purge.ts";
import { nextReport, purgeReports } from "./delivery/reports.ts";
import { applyFeedback } from "./dispatch/feedback.ts";
import { payIssueBatch } from "./dispatch/issues.ts";
import { payNotices } from "./dispatch/notices.ts";
import { planSlice } from "./dispatch/plan.ts";
import { readInstance } from "./instance/find.ts";
import { noteSeen } from "./instance/hold.ts";
import { isMoving } from "./instance/move.ts";
import { finishIssues } from "./issue/progress.ts";
import { retireIssues } from "./issue/retire.ts";
import { nextScheduled, startScheduled } from "./issue/start.ts";
import { forgetUnconfirmed } from "./subscription/forget.ts";
import { forgetLeavings } from "./subscription/goodbye.ts";
import { purgeProofs } from "./subscription/proofs.ts";
import { purgeRates } from "./subscription/rates.ts";
import { remindPending } from "./subscription/remind.ts";
import { purgeThrottles } from "./subscription/throttle.ts";
import { purgeSuppressions } from "./suppression/purge.ts";

const day = 24 * 3_600_000;

/** A provider repeats a report for days, and a person may ask for it again later: its id is known for so long (RULES §6.4). */
const keepReports = 35 * day;

/**
 * Applies what was reported, then pays one batch, notices first; true while there may be more to do at once. While mails are held
 * it only keeps the books; while the books themselves move, not even that.
 */
export async function turn(ctx: AppContext): Promise<boolean> {
  const { held } = await readInstance(ctx);
  if (isMoving(held)) return false;
  const applied = await applyFeedback(ctx);
  if (held === null) {
    if (await payNotices(ctx)) return true;
    const started = await startScheduled(ctx);
    const planned = await planSlice(ctx);
    const paid = await payIssueBatch(ctx);
    if (started || planned || paid) {
      await finishIssues(ctx);
      return true;
    }
  }
  return (await finishIssues(ctx)) > 0 || applied;
}

/** When the next turn is worth taking, in ms UTC; null when nothing is owed. */
export async function nextTurn(ctx: AppContext): Promise<number | null> {
  const { held } = await readInstance(ctx);
  if (isMoving(held)) return null;
  const reported = await nextReport(ctx);
  const owed = held === null ? [await nextDue(ctx), await nextScheduled(ctx)] : [];
  const known = [reported, ...owed].filter((due) => due !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** What a tick did, for the log. */
export interface Swept {
  readonly notices: number;
  readonly throttles: number;
  /** Sign-ups that nobody has confirmed, forgotten; and those that a reminder is owed to. */
  readonly unconfirmed: number;
  readonly reminded: number;
  readonly reports: number;
  readonly suppressions: number;
  readonly mails: number;
  readonly deliveries: number;
}

const nothing: Swept = {
  notices: 0,
  throttles: 0,
  unconfirmed: 0,
  reminded: 0,
  reports: 0,
  suppressions: 0,
  mails: 0,
  deliveries: 0,
};

/** Everything that runs by the clock; once a minute is enough, and a second one at the same time is harmless. */
export async function tick(ctx: AppContext): Promise<Swept> {
  const now = ctx.clock();
  await noteSeen(ctx);
  const { held, keepNoticesDays, keepOutboxDays, keepLedgerDays } = await readInstance(ctx);
  // Nothing is cleared away under a move: what went while it copied would come back with a page read before.
  if (isMoving(held)) return nothing;
  const notices = await purgeNotices(ctx, now - keepNoticesDays * day);
  const throttles = await purgeThrottles(ctx);
  await purgeRates(ctx);
  await purgeProofs(ctx);
  await forgetLeavings(ctx);
  const unconfirmed = await forgetUnconfirmed(ctx);
  const reminded = held === null ? await remindPending(ctx) : 0;
  const reports = await purgeReports(ctx, now - keepReports);
  const suppressions = await purgeSuppressions(ctx);
  await purgeMeters(ctx);
  await endOrphans(ctx);
  const mails = (await ctx.keep?.purge(now - keepOutboxDays * day)) ?? 0;
  // A person who has yet to look at what is held may want to know who got what.
  const ended = keepLedgerDays === null ? null : now - keepLedgerDays * day;
  const deliveries = held === null ? await retireIssues(ctx, ended) : 0;
  return { notices, throttles, unconfirmed, reminded, reports, suppressions, mails, deliveries };
}
