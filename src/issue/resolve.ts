import { sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { acceptDoubt, type Doubt, type Doubtful, findDoubt, listDoubtful } from "../delivery/resolve.ts";
import { moveMembers, resendBatches } from "../delivery/retry.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { readInstance } from "../instance/find.ts";
import { requireReleased } from "../instance/hold.ts";
import { requireServedSettings } from "../instance/serve.ts";
import { endDoubt } from "./doubt.ts";
import { type IssueName, type IssueSummary, issueStatus, requireIssue } from "./find.ts";
import { finishIssues } from "./progress.ts";
import { goOn, namedSchema } from "./resume.ts";
import { requireDetails } from "./retire.ts";

export const resolveSchema = namedSchema.extend({
  /** What is to become of the mails in doubt: count as sent, or be sent once more. */
  as: z.enum(["sent", "resend"]),
  /** How many are in doubt, as whoever decides has seen it. */
  expect: z.int().min(1),
  /** Who decides, kept with the mails. */
  by: z.string().trim().max(100).default(""),
});

/**
 * A person's word on all mails of an issue that are in doubt. `sent`: they count as accepted, with a note of whose word it was.
 * `resend`: they are owed again under new keys, and rechecked when they are claimed; whoever had the first gets a second.
 * Throws `conflict` where their number differs, `refused` where none is in doubt, and for an issue that was cancelled
 * or is retired.
 */
export async function resolveDoubt(
  ctx: AppContext,
  input: z.input<typeof resolveSchema>,
): Promise<{ issue: IssueSummary; resolved: number }> {
  const { as, expect, by, ...name } = parseInput(resolveSchema, input);
  const issue = await requireIssue(ctx, name);
  const doubt = await findDoubt(ctx, issue.id);
  requireDetails(await requireIssue(ctx, name));
  if (doubt.mails === 0) throw noDoubt(issue);
  if (doubt.mails !== expect) throw countDiffers(issue, doubt.mails, expect);
  const resolved = as === "sent" ? await countAsSent(ctx, issue, doubt, by) : await sendAgain(ctx, issue, doubt);
  ctx.log.info("doubt resolved", { issue: issue.id, as, mails: resolved });
  await finishIssues(ctx);
  return { issue: await requireIssue(ctx, name), resolved };
}

async function countAsSent(ctx: AppContext, issue: IssueSummary, doubt: Doubt, by: string): Promise<number> {
  const at = ctx.clock();
  const when = new Date(at).toISOString().replace("T", " ").slice(0, 16);
  const note = `resolved by hand: counted as sent on ${when} UTC${by === "" ? "" : ` by ${by}`}`;
  const [batches, members] = await ctx.store.commit(
    ...acceptDoubt(issue.id, doubt, { note, at }),
    endDoubt(issue.id, sql<boolean>`true`),
  );
  return sum(batches.rows) + members.rows.length;
}

async function sendAgain(ctx: AppContext, issue: IssueSummary, doubt: Doubt): Promise<number> {
  if (issue.status === "cancelled") {
    throw new AppError("refused", `${nameOf(issue)} was cancelled: nothing of it is sent again.`, {
      hint: `Count what is in doubt as sent: tidings issue resolve ${nameOf(issue)} --in-doubt sent`,
    });
  }
  await requireServedSettings(ctx);
  requireReleased(await readInstance(ctx));
  const [, batches, , members] = await ctx.store.commit(
    await goOn(ctx, issue.id, ["sent", "incomplete"]),
    resendBatches(issue.id, doubt.batches),
    ...moveMembers(issue.id, doubt.members, "in_doubt"),
  );
  ctx.bell.ring();
  return sum(batches.rows) + members.rows.length;
}

function sum(rows: readonly { readonly size: number }[]): number {
  return rows.reduce((total, { size }) => total + size, 0);
}

/** What is in doubt of an issue, and why. */
export interface DoubtReport {
  readonly issue: IssueSummary;
  readonly inDoubt: number;
  readonly reasons: { readonly reason: string; readonly n: number }[];
  /** Whom it concerns, in the order of their ids. */
  readonly readers: Doubtful[];
}

/** Tells what of an issue is in doubt: how many for which reason, and `limit` of the readers behind `after`. */
export async function viewDoubt(
  ctx: AppContext,
  name: IssueName,
  page: { after: number; limit: number },
): Promise<DoubtReport> {
  const { issue, sums, reasons } = await issueStatus(ctx, name);
  const why = reasons.filter(({ state }) => state === "in_doubt").map(({ reason, n }) => ({ reason, n }));
  return { issue, inDoubt: sums.inDoubt, reasons: why, readers: await listDoubtful(ctx, issue.id, page) };
}

function nameOf({ newsletter, slug }: IssueName): string {
  return `${newsletter}/${slug}`;
}

function noDoubt(issue: IssueSummary): AppError {
  return new AppError("refused", `No mail of ${nameOf(issue)} is in doubt.`, {
    hint: `See: tidings issue status ${nameOf(issue)}`,
  });
}

function countDiffers(issue: IssueSummary, found: number, expected: number): AppError {
  return new AppError("conflict", `${found} mails are in doubt, not ${expected}: nothing was done.`, {
    field: "expect",
    hint: `Look again with: tidings issue resolve ${nameOf(issue)}`,
  });
}
