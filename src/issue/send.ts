import { sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { sumDeliveries } from "../delivery/find.ts";
import { tryAtOnce } from "../delivery/outlet.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { readInstance } from "../instance/find.ts";
import { requireReleased, utc } from "../instance/hold.ts";
import { requireServedSettings } from "../instance/serve.ts";
import type { Newsletter } from "../newsletter/find.ts";
import { countAudienceAsOf } from "./audience.ts";
import { type IssueSummary, requireIssue } from "./find.ts";
import { freezeContent, requireReady } from "./prepare.ts";
import { resumeIssue } from "./resume.ts";

/** In ms; who wants to wait longer schedules. */
const longestHold = 24 * 3_600_000;

export const sendSchema = z.strictObject({
  newsletter: z.string().max(100),
  slug: z.string().max(100),
  /** The recipient count that a person or script agreed to. */
  expect: z.int().min(0),
  /** Ms UTC: the instant of that count; the audience is who was active then. */
  asOf: z.int().min(0),
  /** Ms to wait before it begins, so that it can be recalled: up to a day. */
  hold: z.int().min(0).max(longestHold).default(0),
});

/**
 * Freezes a draft and starts its dispatch, at once or after `hold`; a schedule gives way, a send that was stopped goes on. Throws `refused` for an issue that went out before,
 * `conflict` where the count differs, `preflight` where something is missing.
 */
export async function sendIssue(
  ctx: AppContext,
  input: z.input<typeof sendSchema>,
): Promise<{ issue: IssueSummary; resumed: boolean }> {
  const given = parseInput(sendSchema, input);
  const name = { newsletter: given.newsletter, slug: given.slug };
  const issue = await requireIssue(ctx, name);
  requireReleased(await readInstance(ctx));
  await requireServedSettings(ctx);
  if (issue.status === "sending" || issue.status === "paused") {
    return { issue: (await resumeIssue(ctx, name)).issue, resumed: true };
  }
  if (issue.status !== "draft" && issue.status !== "scheduled") throw await alreadySent(ctx, issue);
  const newsletter = await requireReady(ctx, given.newsletter);
  await requireAgreed(ctx, newsletter, given);
  const { hash, keep } = await freezeContent(ctx, issue.source);
  const now = ctx.clock();
  const begins =
    given.hold > 0
      ? sql`status = 'scheduled', scheduled_at = ${now + given.hold}`
      : sql`status = 'sending', scheduled_at = null, started_at = ${now}`;
  const [, started] = await ctx.store.commit(
    keep,
    sql<{ id: number }>`
      update issues set ${begins}, content = ${hash}, audience_at = ${given.asOf}, updated_at = ${now}
      where id = ${issue.id} and status = ${issue.status} and source = ${issue.source} returning id`,
    tryAtOnce(now),
  );
  if (started.rows.length === 0) {
    throw new AppError("conflict", "The draft was changed or sent by somebody else just now.", {
      hint: "Look at it with: tidings issue status",
    });
  }
  ctx.bell.ring();
  return { issue: await requireIssue(ctx, name), resumed: false };
}

/** The count that somebody agreed to must be the count: throws `conflict` where it differs, `preflight` where it is none. */
async function requireAgreed(
  ctx: AppContext,
  newsletter: Newsletter,
  { asOf, expect }: { asOf: number; expect: number },
): Promise<void> {
  if (asOf > ctx.clock()) {
    throw new AppError("invalid", "The instant of the count lies in the future.", {
      field: "asOf",
      hint: "Count again.",
    });
  }
  const count = await countAudienceAsOf(ctx, newsletter.id, asOf);
  if (count !== expect) throw countDiffers(expect, count, asOf);
  if (count === 0) throw nobody(newsletter.slug);
}

async function alreadySent(ctx: AppContext, issue: IssueSummary): Promise<AppError> {
  if (issue.startedAt === null) {
    return new AppError(
      "refused",
      `The issue "${issue.slug}" was cancelled before it began; it is not sent any more.`,
      {
        hint: "To send its text after all, give it a slug of its own.",
      },
    );
  }
  const { planned, accepted, failed, inDoubt } = await sumDeliveries(ctx, issue.id);
  const name = `${issue.newsletter}/${issue.slug}`;
  const isKnown = issue.retiredAt === null;
  const resolve =
    inDoubt === 0 || !isKnown ? [] : [`Look at what is in doubt and decide with: tidings issue resolve ${name}`];
  if (issue.status === "cancelled") {
    const left = planned === 0 ? "before any of it left" : `when ${accepted} of ${mails(planned)} had left`;
    return new AppError("refused", `The issue "${issue.slug}" was cancelled ${left}${doubted(inDoubt)}.`, {
      hint: ["To send its text after all, give it a slug of its own.", ...resolve].join(" "),
    });
  }
  const retry =
    failed === 0 || !isKnown ? [] : [`Try the ${failed} failed again with: tidings issue retry --failed ${name}`];
  const mend = [...resolve, ...retry].join(". ");
  return new AppError(
    "refused",
    `The issue "${issue.slug}" was sent on ${utc(issue.startedAt)} to ${accepted} of ${planned} readers${doubted(inDoubt)}; an issue is sent once.`,
    { hint: mend || `See: tidings issue status ${name}. To send a new text, give it a slug of its own.` },
  );
}

function mails(n: number): string {
  return n === 1 ? "1 mail" : `${n} mails`;
}

function doubted(n: number): string {
  return n === 0 ? "" : `, and ${mails(n)} ${n === 1 ? "is" : "are"} in doubt`;
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
