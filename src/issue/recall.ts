import { sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { type IssueSummary, requireIssue } from "./find.ts";

const recallSchema = z.strictObject({ newsletter: z.string().max(100), slug: z.string().max(100) });

/**
 * Takes an issue back to a draft before its readers are written down: from then on mails may have left. `recalled` is false for a
 * draft. Throws `refused`, and names what can be done instead.
 */
export async function recallIssue(
  ctx: AppContext,
  input: z.input<typeof recallSchema>,
): Promise<{ issue: IssueSummary; recalled: boolean }> {
  const name = parseInput(recallSchema, input);
  const issue = await requireIssue(ctx, name);
  if (issue.status === "draft") return { issue, recalled: false };
  // Decided in the statement: whoever starts or plans it at this moment comes wholly before or wholly after.
  const [done] = await ctx.store.commit(
    sql<{ id: number }>`
      update issues set status = 'draft', content = null, scheduled_at = null, audience_at = null, started_at = null,
        stop_reason = null, error = null, brake_base = '{}', updated_at = ${ctx.clock()}
      where id = ${issue.id} and status in ('scheduled', 'sending', 'paused') and planned_at is null
        and not exists (select 1 from batches b where b.issue = issues.id)
        and not exists (select 1 from deliveries d where d.issue = issues.id) returning id`,
  );
  const now = await requireIssue(ctx, name);
  if (done.rows.length === 1) return { issue: now, recalled: true };
  throw tooLate(now);
}

function tooLate({ newsletter, slug, status }: IssueSummary): AppError {
  const name = `${newsletter}/${slug}`;
  switch (status) {
    case "sending":
      return new AppError("refused", `${name} cannot be recalled: mails of it are leaving.`, {
        hint: `Stop it with: tidings issue pause ${name}. To give up what is left: tidings issue cancel ${name}`,
      });
    case "paused":
      return new AppError("refused", `${name} cannot be recalled: mails of it have left.`, {
        hint: `It is paused. To give up what is left: tidings issue cancel ${name}`,
      });
    default:
      return new AppError("refused", `${name} is ${status}: there is nothing to recall.`, {
        hint: `See: tidings issue status ${name}`,
      });
  }
}
