import { sql } from "kysely";
import type * as z from "zod";
import type { AppContext } from "../context.ts";
import { openWork } from "../delivery/find.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { type IssueSummary, requireIssue } from "./find.ts";
import { namedSchema } from "./resume.ts";

/**
 * Stops an issue that is being sent until a person sends it on; `held` batches are in a process's hands and finish first. One
 * that is paused already keeps its reason. Throws `refused` for an issue in any other state.
 */
export async function pauseByHand(
  ctx: AppContext,
  input: z.input<typeof namedSchema>,
): Promise<{ issue: IssueSummary; paused: boolean; held: number }> {
  const name = parseInput(namedSchema, input);
  const issue = await requireIssue(ctx, name);
  const [paused] = await ctx.store.commit(
    sql<{ id: number }>`update issues set status = 'paused', stop_reason = 'editor', error = null
      where id = ${issue.id} and status = 'sending' returning id`,
  );
  const now = await requireIssue(ctx, name);
  if (now.status !== "paused") throw notSending(now);
  return { issue: now, paused: paused.rows.length === 1, held: (await openWork(ctx, issue.id)).held };
}

function notSending({ status, newsletter, slug }: IssueSummary): AppError {
  const name = `${newsletter}/${slug}`;
  const look = { hint: `See: tidings issue status ${name}` };
  switch (status) {
    case "draft":
      return new AppError("refused", `${name} is a draft: nothing of it is leaving.`);
    case "scheduled":
      return new AppError("refused", `${name} is scheduled: nothing of it has left yet.`, {
        hint: `Take it back with: tidings issue recall ${name}`,
      });
    case "incomplete":
      return new AppError("refused", `${name} is not being sent any more: what is left of it is in doubt.`, {
        hint: `Look at it with: tidings issue resolve ${name}`,
      });
    case "cancelled":
      return new AppError("refused", `${name} was cancelled: nothing of it leaves any more.`, look);
    default:
      return new AppError("refused", `${name} was sent: there is nothing left to stop.`, look);
  }
}
