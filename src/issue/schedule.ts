import { sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { requireServedSettings } from "../instance/serve.ts";
import { type IssueSummary, requireIssue } from "./find.ts";
import { freezeContent, requireReady } from "./prepare.ts";

export const scheduleSchema = z.strictObject({
  newsletter: z.string().max(100),
  slug: z.string().max(100),
  /** Ms UTC: when the issue begins to leave by itself. */
  at: z.int().min(0),
});

const longest = 366 * 24 * 3_600_000;

/**
 * Freezes a draft to be sent at a time, to those who are active then; an issue that is scheduled, or whose time was missed, is
 * moved as it was frozen. Throws `invalid` for a time that is past or over a year away, `preflight`, `refused`, `conflict`.
 */
export async function scheduleIssue(
  ctx: AppContext,
  input: z.input<typeof scheduleSchema>,
): Promise<{ issue: IssueSummary; moved: boolean }> {
  const { newsletter, slug, at } = parseInput(scheduleSchema, input);
  const now = ctx.clock();
  if (at <= now) throw new AppError("invalid", "The time of the schedule has passed.", { field: "at" });
  if (at - now > longest) {
    throw new AppError("invalid", "The time of the schedule is more than a year away.", { field: "at" });
  }
  const issue = await requireIssue(ctx, { newsletter, slug });
  const isDraft = issue.status === "draft";
  if (!isDraft && !isWaiting(issue)) throw begun(issue);
  await requireServedSettings(ctx);
  await requireReady(ctx, newsletter);
  const frozen = isDraft ? await freezeContent(ctx, issue.source) : null;
  if (frozen !== null) await ctx.store.commit(frozen.keep);
  const from =
    frozen === null
      ? sql`(status = 'scheduled' or (status = 'paused' and started_at is null))`
      : sql`status = 'draft' and source = ${issue.source}`;
  const [done] = await ctx.store.commit(
    sql<{ id: number }>`
      update issues set status = 'scheduled', scheduled_at = ${at}, audience_at = null, updated_at = ${now},
        stop_reason = null, error = null, content = coalesce(${frozen?.hash ?? null}, content)
      where id = ${issue.id} and ${from} returning id`,
  );
  if (done.rows.length === 0) {
    throw new AppError("conflict", "The issue was changed, sent or recalled by somebody else just now.", {
      hint: `Look at it with: tidings issue status ${newsletter}/${slug}`,
    });
  }
  ctx.bell.ring();
  return { issue: await requireIssue(ctx, { newsletter, slug }), moved: !isDraft };
}

/** Scheduled, or paused since its time was missed: nothing of it has begun. */
function isWaiting({ status, startedAt }: IssueSummary): boolean {
  return status === "scheduled" || (status === "paused" && startedAt === null);
}

function begun({ newsletter, slug, status }: IssueSummary): AppError {
  const name = `${newsletter}/${slug}`;
  const is = status === "sending" || status === "paused" ? "is being sent already" : `is ${status}`;
  return new AppError("refused", `${name} ${is}: it cannot be scheduled.`, {
    hint:
      status === "sending"
        ? `Until its readers are written down it can be called back: tidings issue recall ${name}`
        : `See: tidings issue status ${name}. To send a new text, give it a slug of its own.`,
  });
}
