import { sql } from "kysely";
import type * as z from "zod";
import type { AppContext } from "../context.ts";
import { tryAtOnce } from "../delivery/outlet.ts";
import { hasFailed, mostMoved, moveMembers, ownMembers, retryFailedBatches } from "../delivery/retry.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { readInstance, requireOperator } from "../instance/find.ts";
import { requireReleased } from "../instance/hold.ts";
import { requireServedSettings } from "../instance/serve.ts";
import { type IssueName, type IssueSummary, requireIssue } from "./find.ts";
import { goOn, namedSchema } from "./resume.ts";
import { requireDetails } from "./retire.ts";

/**
 * Owes the mails of an issue again that have failed, and sends it on; who left or was suppressed meanwhile is skipped when a
 * batch is claimed (I5). `retried` tells how many; with none, nothing changes. Throws `refused` for a draft, a scheduled
 * and a cancelled issue, and for one that is retired.
 */
export async function retryFailed(
  ctx: AppContext,
  input: z.input<typeof namedSchema>,
): Promise<{ issue: IssueSummary; retried: number }> {
  const name = parseInput(namedSchema, input);
  const issue = await requireIssue(ctx, name);
  await requireServedSettings(ctx);
  const instance = await readInstance(ctx);
  requireOperator(instance);
  requireReleased(instance);
  if (issue.status === "draft" || issue.status === "scheduled" || issue.status === "cancelled") throw notBegun(issue);
  requireDetails(issue);
  let members = await ownMembers(ctx, issue.id, "failed");
  // The issue first: whoever dies in between has left an issue that is sending, and the next turn ends it.
  const [, , batches, , moved] = await ctx.store.commit(
    await goOn(ctx, issue.id, ["paused", "sent", "incomplete"], hasFailed(issue.id)),
    // All of them are taken back, so that a brake counts the next failures from nothing.
    sql`update issues set brake_base = json_set(brake_base, '$.failed', 0) where id = ${issue.id} and status = 'sending'`,
    retryFailedBatches(issue.id),
    ...moveMembers(issue.id, members, "failed"),
    tryAtOnce(ctx.clock()),
  );
  let retried = batches.rows.reduce((sum, { size }) => sum + size, moved.rows.length);
  while (members.length === mostMoved) {
    members = await ownMembers(ctx, issue.id, "failed");
    const [, more] = await ctx.store.commit(...moveMembers(issue.id, members, "failed"));
    retried += more.rows.length;
    // Cancelled meanwhile: nothing moves any more.
    if (more.rows.length === 0) break;
  }
  if (retried === 0) return { issue: await withDetails(ctx, name), retried };
  ctx.bell.ring();
  return { issue: await requireIssue(ctx, name), retried };
}

/** Retired between the look and the word, it is refused all the same. */
async function withDetails(ctx: AppContext, name: IssueName): Promise<IssueSummary> {
  const issue = await requireIssue(ctx, name);
  requireDetails(issue);
  return issue;
}

function notBegun({ status, newsletter, slug }: IssueSummary): AppError {
  const name = `${newsletter}/${slug}`;
  if (status === "cancelled") return new AppError("refused", `${name} was cancelled: nothing of it is sent again.`);
  return new AppError("refused", `${name} has not been sent yet, so nothing of it has failed.`, {
    hint: `See: tidings issue status ${name}`,
  });
}
