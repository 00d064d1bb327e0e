import type { AppContext } from "../context.ts";
import { type Counters, readCounters } from "../delivery/feedback.ts";
import { listReasons, type Sums, sumDeliveries } from "../delivery/find.ts";
import { AppError } from "../errors.ts";
import { readInstance } from "../instance/find.ts";
import { nearest } from "../nearest.ts";
import { findNewsletter } from "../newsletter/find.ts";
import type { IssueRow } from "../store/rows.ts";

/** One edition as the API speaks of it. Times in ms UTC. */
export interface IssueSummary {
  readonly id: number;
  readonly newsletter: string;
  readonly slug: string;
  readonly subject: string;
  readonly source: string;
  readonly status: IssueRow["status"];
  readonly scheduledAt: number | null;
  readonly audienceAt: number | null;
  readonly startedAt: number | null;
  readonly plannedAt: number | null;
  readonly finishedAt: number | null;
  readonly updatedAt: number;
  readonly stopReason: string | null;
  readonly error: string | null;
  /** Since when only its sums are kept, and no longer who got it; null: everything is. */
  readonly retiredAt: number | null;
  /** Since when its web copy differs from what was mailed; null: it does not. */
  readonly correctedAt: number | null;
}

function summary(row: IssueRow, newsletter: string): IssueSummary {
  return {
    id: row.id,
    newsletter,
    slug: row.slug,
    subject: row.subject,
    source: row.source,
    status: row.status,
    scheduledAt: row.scheduled_at,
    audienceAt: row.audience_at,
    startedAt: row.started_at,
    plannedAt: row.planned_at,
    finishedAt: row.finished_at,
    updatedAt: row.updated_at,
    stopReason: row.stop_reason,
    error: row.error,
    retiredAt: row.retired_at,
    correctedAt: row.corrected_at,
  };
}

/** Names an issue: its newsletter's slug and its own. */
export interface IssueName {
  readonly newsletter: string;
  readonly slug: string;
}

/** One issue by name; throws `not-found` with the nearest name. */
export async function requireIssue(ctx: AppContext, name: IssueName): Promise<IssueSummary> {
  const newsletter = await findNewsletter(ctx, name.newsletter);
  const row =
    newsletter === null
      ? undefined
      : await ctx.store.db
          .selectFrom("issues")
          .selectAll()
          .where("newsletter", "=", newsletter.id)
          .where("slug", "=", name.slug)
          .executeTakeFirst();
  if (row !== undefined && newsletter !== null) return summary(row, newsletter.slug);
  const known = (await listIssues(ctx, { limit: 200 })).map((one) => `${one.newsletter}/${one.slug}`);
  const near = nearest(`${name.newsletter}/${name.slug}`, known);
  throw new AppError("not-found", `There is no issue "${name.newsletter}/${name.slug}".`, {
    hint: near === null ? "List them with: tidings issue list" : `Did you mean ${near}?`,
  });
}

/** Issues, newest first, of one newsletter where given. */
export async function listIssues(
  ctx: AppContext,
  page: { newsletter?: string | undefined; before?: number | undefined; limit: number },
): Promise<IssueSummary[]> {
  let query = ctx.store.db
    .selectFrom("issues as i")
    .innerJoin("newsletters as n", "n.id", "i.newsletter")
    .selectAll("i")
    .select("n.slug as owner");
  if (page.newsletter !== undefined) query = query.where("n.slug", "=", page.newsletter);
  if (page.before !== undefined) query = query.where("i.id", "<", page.before);
  const rows = await query.orderBy("i.id", "desc").limit(page.limit).execute();
  return rows.map(({ owner, ...row }) => summary(row, owner));
}

/** How a send stands: sums that add up, and why anything ended as it did. */
export interface IssueStatus {
  readonly issue: IssueSummary;
  readonly sums: Sums;
  readonly reasons: { state: string; reason: string; n: number }[];
  /** What the provider reported later. */
  readonly reports: Counters;
  /** Why no mail of this installation may leave at all; null: they may. */
  readonly held: string | null;
}

/** The status of one issue; throws `not-found`. */
export async function issueStatus(ctx: AppContext, name: IssueName): Promise<IssueStatus> {
  const issue = await requireIssue(ctx, name);
  const sums = await sumDeliveries(ctx, issue.id);
  const reasons = await listReasons(ctx, issue.id);
  const { held } = await readInstance(ctx);
  return { issue, sums, reasons, reports: await readCounters(ctx, issue.id), held: held?.reason ?? null };
}
