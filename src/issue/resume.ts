import { type RawBuilder, sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { hastenIssueBatches } from "../delivery/hold.ts";
import { tryAtOnce } from "../delivery/outlet.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { readInstance, requireOperator } from "../instance/find.ts";
import { requireReleased } from "../instance/hold.ts";
import { requireServedSettings } from "../instance/serve.ts";
import { requireNewsletter } from "../newsletter/find.ts";
import { brakeBase } from "./brake.ts";
import { type IssueSummary, requireIssue } from "./find.ts";
import { requireOpen } from "./ready.ts";

export const namedSchema = z.strictObject({ newsletter: z.string().max(100), slug: z.string().max(100) });

/**
 * Sends on an issue that was paused, whoever or whatever paused it; of one that is sending, batches that wait are due at once. Throws `refused` for an
 * issue in any other state, `preflight` where something is missing.
 */
export async function resumeIssue(
  ctx: AppContext,
  input: z.input<typeof namedSchema>,
): Promise<{ issue: IssueSummary; resumed: boolean }> {
  const name = parseInput(namedSchema, input);
  const issue = await requireIssue(ctx, name);
  const instance = await readInstance(ctx);
  await requireServedSettings(ctx);
  requireReleased(instance);
  if (issue.status !== "paused" && issue.status !== "sending") throw notPaused(issue);
  // Its time went by before anything had been checked for it: it begins only now.
  if (issue.startedAt === null) {
    requireOperator(instance);
    requireOpen(await requireNewsletter(ctx, issue.newsletter));
  }
  const [resumed] = await ctx.store.commit(
    await goOn(ctx, issue.id, ["paused"]),
    hastenIssueBatches(issue.id),
    tryAtOnce(ctx.clock()),
  );
  ctx.bell.ring();
  return { issue: await requireIssue(ctx, name), resumed: resumed.rows.length === 1 };
}

/**
 * Statement: an issue in one of these states is being sent again by a person's word, if `when` holds, and unless it is retired.
 * What stopped it is forgotten, and a brake looks at what comes from now on.
 */
export async function goOn(
  ctx: AppContext,
  id: number,
  from: readonly ("paused" | "sent" | "incomplete")[],
  when: RawBuilder<boolean> = sql<boolean>`true`,
): Promise<RawBuilder<{ id: number }>> {
  const now = ctx.clock();
  return sql<{ id: number }>`
    update issues set status = 'sending', stop_reason = null, error = null, finished_at = null,
      brake_base = ${await brakeBase(ctx, id)},
      started_at = coalesce(started_at, ${now}), audience_at = coalesce(audience_at, scheduled_at, ${now})
    where id = ${id} and status in (select value from json_each(${JSON.stringify(from)})) and sums is null and ${when} returning id`;
}

function notPaused({ status, newsletter, slug }: IssueSummary): AppError {
  const name = `${newsletter}/${slug}`;
  const look = { hint: `See: tidings issue status ${name}` };
  switch (status) {
    case "draft":
      return new AppError("refused", `${name} is a draft: nothing of it was stopped.`, {
        hint: `Send it with: tidings issue send ${name}`,
      });
    case "scheduled":
      return new AppError("refused", `${name} is scheduled and begins by itself: nothing of it was stopped.`, look);
    case "incomplete":
      return new AppError("refused", `${name} is not paused: what is left of it is in doubt.`, {
        hint: `Look at it with: tidings issue resolve ${name}`,
      });
    case "cancelled":
      return new AppError("refused", `${name} was cancelled, and stays so.`, look);
    default:
      return new AppError("refused", `${name} was sent: there is nothing to go on with.`, look);
  }
}
