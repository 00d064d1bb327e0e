import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { type Counters, readCounters } from "../delivery/feedback.ts";
import { listReasons, type Sums, sumDeliveries } from "../delivery/find.ts";
import { AppError } from "../errors.ts";
import { readInstance } from "../instance/find.ts";
import { nearest } from "../nearest.ts";
import { findNewsletter, type Newsletter, toNewsletter } from "../newsletter/find.ts";
import type { IssueRow } from "../store/rows.ts";
import { checkIssue, type IssueContent } from "./compile.ts";

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

export type WebCopy =
  | { outcome: "ok"; title: string; html: string; date: number | null; newsletter: Newsletter; preview: boolean }
  | { outcome: "unknown" };

/** Once it was started: a schedule that was missed is paused too, and nobody has seen that issue yet. */
const published = ["sending", "paused", "incomplete", "sent"] as const;

/** A cancelled issue is not shown in the archive, but the copy stays behind the link in mails that may have left. */
const mayBeRead: RawBuilder<boolean> = sql<boolean>`(i.status <> 'cancelled'
  or exists (select 1 from batches b where b.issue = i.id and b.state in ('claimed', 'accepted', 'in_doubt') and b.size > 0)
  or exists (select 1 from deliveries d where d.issue = i.id and d.state in ('accepted', 'in_doubt'))
  or coalesce(i.sums ->> '$.accepted', 0) + coalesce(i.sums ->> '$.in_doubt', 0) > 0)`;

/** The public copy of an issue, without any personal trace (FMT-28); a draft only behind its preview token. */
export async function webCopy(
  ctx: AppContext,
  input: { newsletter: string; issue: string; preview: string | null },
): Promise<WebCopy> {
  if (input.preview !== null) return previewCopy(ctx, input.newsletter, input.preview);
  const row = await ctx.store.db
    .selectFrom("issues as i")
    .innerJoin("newsletters as n", "n.id", "i.newsletter")
    .innerJoin("contents as c", "c.hash", "i.content")
    .selectAll("n")
    .select(["c.body", "i.issued_at", "i.started_at"])
    .where("n.slug", "=", input.newsletter)
    .where("i.slug", "=", input.issue)
    .where("i.status", "in", [...published, "cancelled"])
    .where("i.started_at", "is not", null)
    .where(mayBeRead)
    .executeTakeFirst();
  if (row === undefined) return { outcome: "unknown" };
  const { web } = JSON.parse(row.body) as IssueContent;
  return {
    outcome: "ok",
    title: web.title,
    html: web.html,
    date: row.issued_at ?? row.started_at,
    newsletter: toNewsletter(row),
    preview: false,
  };
}

/** The draft behind the preview link of a test mail, as its file stands now. */
async function previewCopy(ctx: AppContext, slug: string, token: string): Promise<WebCopy> {
  const read = ctx.signer.read("archive", token);
  const newsletter = await findNewsletter(ctx, slug);
  if (read === null || newsletter === null) return { outcome: "unknown" };
  const row = await ctx.store.db
    .selectFrom("issues")
    .select(["source", "issued_at", "updated_at"])
    .where("id", "=", read.ids[0] ?? 0)
    .where("newsletter", "=", newsletter.id)
    .executeTakeFirst();
  const web = row === undefined ? null : (await checkIssue(ctx, { source: row.source })).content?.web;
  if (row === undefined || !web) return { outcome: "unknown" };
  const date = row.issued_at ?? row.updated_at;
  return { outcome: "ok", title: web.title, html: web.html, date, newsletter, preview: true };
}

/** The newest public issues of a newsletter. */
export async function listPublic(
  ctx: AppContext,
  input: { newsletter: string; limit: number },
): Promise<{ slug: string; title: string; date: number | null }[]> {
  return ctx.store.db
    .selectFrom("issues as i")
    .innerJoin("newsletters as n", "n.id", "i.newsletter")
    .select((eb) => ["i.slug", "i.subject as title", eb.fn.coalesce("i.issued_at", "i.started_at").as("date")])
    .where("n.slug", "=", input.newsletter)
    .where("i.status", "in", published)
    .where("i.started_at", "is not", null)
    .orderBy("i.started_at", "desc")
    .orderBy("i.id", "desc")
    .limit(input.limit)
    .execute();
}
