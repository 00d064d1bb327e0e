import { sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { sumDeliveries } from "../delivery/find.ts";
import { hastenIssueBatches } from "../delivery/hold.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { readInstance, requireOperator } from "../instance/find.ts";
import { requireServedSettings } from "../instance/serve.ts";
import { type Newsletter, requireNewsletter } from "../newsletter/find.ts";
import { countAudienceAsOf } from "./audience.ts";
import { checkIssue } from "./compile.ts";
import { packText } from "./content.ts";
import { type IssueSummary, requireIssue } from "./find.ts";
import { stopped } from "./save.ts";

export const sendSchema = z.strictObject({
  newsletter: z.string().max(100),
  slug: z.string().max(100),
  /** The recipient count that a person or script agreed to. */
  expect: z.int().min(0),
  /** Ms UTC: the instant of that count; the audience is who was active then. */
  asOf: z.int().min(0),
});

/**
 * Freezes a draft and starts its dispatch; a send that was stopped goes on. Throws `refused` for an issue that went out before,
 * `conflict` where the count differs, `preflight` where something is missing.
 */
export async function sendIssue(
  ctx: AppContext,
  input: z.input<typeof sendSchema>,
): Promise<{ issue: IssueSummary; resumed: boolean }> {
  const given = parseInput(sendSchema, input);
  const name = { newsletter: given.newsletter, slug: given.slug };
  const issue = await requireIssue(ctx, name);
  const instance = await readInstance(ctx);
  await requireServedSettings(ctx);
  if (issue.status === "sending" || issue.status === "paused")
    return { issue: await resume(ctx, issue), resumed: true };
  if (issue.status !== "draft") throw await alreadySent(ctx, issue);
  requireOperator(instance);
  const newsletter = await requireNewsletter(ctx, given.newsletter);
  requireOpen(newsletter);
  const now = ctx.clock();
  if (given.asOf > now) {
    throw new AppError("invalid", "The instant of the count lies in the future.", {
      field: "asOf",
      hint: "Count again.",
    });
  }
  const count = await countAudienceAsOf(ctx, newsletter.id, given.asOf);
  if (count !== given.expect) throw countDiffers(given.expect, count, given.asOf);
  if (count === 0) throw nobody(newsletter.slug);
  const checked = await checkIssue(ctx, { source: issue.source });
  if (checked.content === null) throw stopped(checked.faults);
  const { hash, keep } = packText("issue", JSON.stringify(checked.content), now);
  const [, started] = await ctx.store.commit(
    keep,
    sql<{ id: number }>`
      update issues set status = 'sending', content = ${hash}, audience_at = ${given.asOf}, started_at = ${now}, updated_at = ${now}
      where id = ${issue.id} and status = 'draft' and source = ${issue.source} returning id`,
  );
  if (started.rows.length === 0) {
    throw new AppError("conflict", "The draft was changed or sent by somebody else just now.", {
      hint: "Look at it with: tidings issue status",
    });
  }
  ctx.bell.ring();
  return { issue: await requireIssue(ctx, name), resumed: false };
}

/** Throws `preflight` with the command that opens it, unless a newsletter's issues may be sent. */
export function requireOpen({ slug, status }: Newsletter): void {
  if (status === "open") return;
  throw new AppError("preflight", `The newsletter "${slug}" is ${status}: its issues cannot be sent.`, {
    field: "status",
    hint: `Open it with: tidings newsletter edit ${slug} --status open`,
  });
}

async function resume(ctx: AppContext, issue: IssueSummary): Promise<IssueSummary> {
  await ctx.store.commit(
    sql`update issues set status = 'sending', stop_reason = null, error = null where id = ${issue.id} and status = 'paused'`,
    hastenIssueBatches(issue.id),
  );
  ctx.bell.ring();
  return requireIssue(ctx, issue);
}

async function alreadySent(ctx: AppContext, issue: IssueSummary): Promise<AppError> {
  const sums = await sumDeliveries(ctx, issue.id);
  const when = new Date(issue.startedAt ?? 0).toISOString().replace("T", " ").slice(0, 16);
  return new AppError(
    "refused",
    `The issue "${issue.slug}" was sent on ${when} UTC to ${sums.accepted} of ${sums.planned} readers; an issue is sent once.`,
    {
      hint: `See: tidings issue status ${issue.newsletter}/${issue.slug}. To send a new text, give it a slug of its own.`,
    },
  );
}

function countDiffers(expected: number, count: number, asOf: number): AppError {
  const when = new Date(asOf).toISOString();
  return new AppError(
    "conflict",
    `The issue would go to ${count} readers as of ${when}, not to ${expected}: nothing was sent.`,
    {
      field: "expect",
      hint: "Look at the count again, then repeat with it.",
    },
  );
}

function nobody(slug: string): AppError {
  return new AppError("preflight", `The newsletter "${slug}" has no readers: there is nobody to send to.`, {
    hint: "Readers count once they have confirmed; see: tidings subscriber list",
  });
}
