import type { AppContext } from "./context.ts";
import { nextDue } from "./delivery/find.ts";
import { purgeNotices } from "./delivery/purge.ts";
import { payIssueBatch } from "./dispatch/issues.ts";
import { payNotices } from "./dispatch/notices.ts";
import { planSlice } from "./dispatch/plan.ts";
import { readInstance } from "./instance/find.ts";
import { finishIssues } from "./issue/progress.ts";
import { purgeThrottles } from "./subscription/throttle.ts";

const day = 24 * 3_600_000;

/** Pays one batch, notices first; true while there may be more to do at once. */
export async function turn(ctx: AppContext): Promise<boolean> {
  if (await payNotices(ctx)) return true;
  const planned = await planSlice(ctx);
  const paid = await payIssueBatch(ctx);
  if (planned || paid) return true;
  return (await finishIssues(ctx)) > 0;
}

/** When the next turn is worth taking, in ms UTC; null when nothing is owed. */
export async function nextTurn(ctx: AppContext): Promise<number | null> {
  return nextDue(ctx);
}

/** What a tick did, for the log. */
export interface Swept {
  readonly notices: number;
  readonly throttles: number;
  readonly mails: number;
}

/** Everything that runs by the clock; once a minute is enough, and a second one at the same time is harmless. */
export async function tick(ctx: AppContext): Promise<Swept> {
  const now = ctx.clock();
  const { keepNoticesDays, keepOutboxDays } = await readInstance(ctx);
  const notices = await purgeNotices(ctx, now - keepNoticesDays * day);
  const throttles = await purgeThrottles(ctx);
  const mails = (await ctx.keep?.purge(now - keepOutboxDays * day)) ?? 0;
  return { notices, throttles, mails };
}
