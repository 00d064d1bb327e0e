import { sql } from "kysely";
import type * as z from "zod";
import type { AppContext } from "../context.ts";
import { cancelBatches } from "../delivery/cancel.ts";
import { openWork } from "../delivery/find.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { type IssueSummary, requireIssue } from "./find.ts";
import { sweepCancelled } from "./progress.ts";
import { namedSchema } from "./resume.ts";

/**
 * Ends an issue for good: what is open is skipped, what has left stays as it is; `held` batches are in a process's hands and
 * finish by themselves. A repeat is harmless. Throws `refused` for a draft and for an issue that was sent.
 */
export async function cancelIssue(
  ctx: AppContext,
  input: z.input<typeof namedSchema>,
): Promise<{ issue: IssueSummary; cancelled: boolean; held: number }> {
  const name = parseInput(namedSchema, input);
  const { id } = await requireIssue(ctx, name);
  // The issue first: from this commit on no batch of it is claimed or planned.
  const [cancelled] = await ctx.store.commit(
    sql<{ id: number }>`update issues set status = 'cancelled', stop_reason = null, error = null, finished_at = null
      where id = ${id} and status in ('sending', 'paused', 'scheduled', 'incomplete') returning id`,
    ...cancelBatches(id, ctx.clock()),
  );
  const now = await requireIssue(ctx, name);
  if (now.status !== "cancelled") throw notStoppable(now);
  await sweepCancelled(ctx);
  const { held } = await openWork(ctx, id);
  return { issue: await requireIssue(ctx, name), cancelled: cancelled.rows.length === 1, held };
}

function notStoppable({ status, newsletter, slug }: IssueSummary): AppError {
  const name = `${newsletter}/${slug}`;
  if (status === "draft") return new AppError("refused", `${name} is a draft: there is nothing to cancel.`);
  return new AppError("refused", `${name} was sent: mails that have left cannot be called back.`, {
    hint: `See: tidings issue status ${name}`,
  });
}
