import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import type { WebIssue } from "../mail/compile.ts";
import { findNewsletter, isListed, type Newsletter, toNewsletter } from "../newsletter/find.ts";
import { checkIssue } from "./compile.ts";

/** That a web copy was changed after it had been mailed: when, in ms UTC, and what readers are told; "" for nothing. */
export interface Correction {
  readonly at: number;
  readonly note: string;
}

/** A published issue in a list; times in ms UTC. */
export interface ListedIssue {
  readonly slug: string;
  readonly title: string;
  /** The day that it shows. */
  readonly date: number;
  readonly correctedAt: number | null;
}

/** The issue before or after another. */
export type Neighbour = Pick<ListedIssue, "slug" | "title">;

export type WebCopy =
  | {
      readonly outcome: "ok";
      readonly slug: string;
      readonly title: string;
      readonly html: string;
      /** One line about it; "" where its file has none. */
      readonly summary: string;
      readonly picture: NonNullable<WebIssue["picture"]> | null;
      readonly date: number;
      readonly startedAt: number | null;
      readonly correction: Correction | null;
      readonly newsletter: Newsletter;
      readonly preview: boolean;
      /** Among those that everybody may find; both null where this one is not. */
      readonly older: Neighbour | null;
      readonly newer: Neighbour | null;
      /** Whether lists, feeds and search engines may name it. */
      readonly listed: boolean;
    }
  | { readonly outcome: "unknown" };

/** Once it was started: a schedule that was missed is paused too, and nobody has seen that issue yet. */
const published = ["sending", "paused", "incomplete", "sent"] as const;

/** A cancelled issue is not shown in the archive, but the copy stays behind the link in mails that may have left. */
const mayBeRead: RawBuilder<boolean> = sql<boolean>`(i.status <> 'cancelled'
  or exists (select 1 from batches b where b.issue = i.id and b.state in ('claimed', 'accepted', 'in_doubt') and b.size > 0)
  or exists (select 1 from deliveries d where d.issue = i.id and d.state in ('accepted', 'in_doubt'))
  or coalesce(i.sums ->> '$.accepted', 0) + coalesce(i.sums ->> '$.in_doubt', 0) > 0)`;

/** What browsers are shown: the corrected copy where there is one. Of a body of a hundred kilobytes only this part is read. */
const webOf = sql<string>`coalesce(w.body, c.body) -> '$.web'`;

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
    .leftJoin("contents as w", "w.hash", "i.web")
    .selectAll("n")
    .select([webOf.as("web"), "i.id as issue", "i.status as state"])
    .select(["i.issued_at", "i.started_at", "i.corrected_at", "i.correction"])
    .where("n.slug", "=", input.newsletter)
    .where("n.archive", "<>", "none")
    .where("n.status", "<>", "hidden")
    .where("i.slug", "=", input.issue)
    .where("i.status", "in", [...published, "cancelled"])
    .where("i.started_at", "is not", null)
    .where(mayBeRead)
    .executeTakeFirst();
  if (row === undefined || row.started_at === null) return { outcome: "unknown" };
  const newsletter = toNewsletter(row);
  const listed = isListed(newsletter) && row.state !== "cancelled";
  const at = { newsletter: newsletter.slug, startedAt: row.started_at, id: row.issue };
  return {
    ...shown(JSON.parse(row.web) as WebIssue),
    slug: input.issue,
    date: row.issued_at ?? row.started_at,
    startedAt: row.started_at,
    correction: row.corrected_at === null ? null : { at: row.corrected_at, note: row.correction },
    newsletter,
    preview: false,
    older: listed ? await neighbour(ctx, at, "older") : null,
    newer: listed ? await neighbour(ctx, at, "newer") : null,
    listed,
  };
}

function shown(web: WebIssue) {
  const { title, html, summary = "", picture = null } = web;
  return { outcome: "ok" as const, title, html, summary, picture };
}

/** The draft behind the preview link of a test mail, as its file stands now. */
async function previewCopy(ctx: AppContext, slug: string, token: string): Promise<WebCopy> {
  const read = ctx.signer.read("archive", token);
  const newsletter = await findNewsletter(ctx, slug);
  if (read === null || newsletter === null || newsletter.archive === "none") return { outcome: "unknown" };
  const row = await ctx.store.db
    .selectFrom("issues")
    .select(["slug", "source", "issued_at", "updated_at"])
    .where("id", "=", read.ids[0] ?? 0)
    .where("newsletter", "=", newsletter.id)
    .executeTakeFirst();
  const web = row === undefined ? null : (await checkIssue(ctx, { source: row.source })).content?.web;
  if (row === undefined || !web) return { outcome: "unknown" };
  const nowhere = { startedAt: null, correction: null, older: null, newer: null, listed: false };
  const date = row.issued_at ?? row.updated_at;
  return { ...shown(web), ...nowhere, slug: row.slug, date, newsletter, preview: true };
}

/** Issues that everybody may find, of all newsletters; to be narrowed and ordered. */
function publicIssues(ctx: AppContext) {
  return ctx.store.db
    .selectFrom("issues as i")
    .innerJoin("newsletters as n", "n.id", "i.newsletter")
    .leftJoin("contents as w", "w.hash", "i.web")
    .select(["i.id", "i.slug", "i.started_at", "i.corrected_at"])
    .select(sql<string>`coalesce(w.body ->> '$.web.title', i.subject)`.as("title"))
    .select(sql<number>`coalesce(i.issued_at, i.started_at)`.as("date"))
    .where("n.archive", "=", "public")
    .where("n.status", "<>", "hidden")
    .where("i.status", "in", published)
    .where("i.started_at", "is not", null);
}

function ofNewsletter(ctx: AppContext, slug: string, order: "older" | "newer" = "older") {
  const direction = order === "older" ? "desc" : "asc";
  return publicIssues(ctx).where("n.slug", "=", slug).orderBy("i.started_at", direction).orderBy("i.id", direction);
}

interface Place {
  readonly startedAt: number;
  readonly id: number;
}

function beyond({ startedAt, id }: Place, way: "older" | "newer"): RawBuilder<boolean> {
  return way === "older"
    ? sql<boolean>`(i.started_at, i.id) < (${startedAt}, ${id})`
    : sql<boolean>`(i.started_at, i.id) > (${startedAt}, ${id})`;
}

async function neighbour(
  ctx: AppContext,
  from: Place & { newsletter: string },
  way: "older" | "newer",
): Promise<Neighbour | null> {
  const row = await ofNewsletter(ctx, from.newsletter, way).where(beyond(from, way)).limit(1).executeTakeFirst();
  return row === undefined ? null : { slug: row.slug, title: row.title };
}

/** The newest public issues of a newsletter. */
export async function listPublic(
  ctx: AppContext,
  input: { newsletter: string; limit: number },
): Promise<ListedIssue[]> {
  return (await ofNewsletter(ctx, input.newsletter).limit(input.limit).execute()).map(listed);
}

function listed(row: { slug: string; title: string; date: number; corrected_at: number | null }): ListedIssue {
  return { slug: row.slug, title: row.title, date: row.date, correctedAt: row.corrected_at };
}

/** One page of an archive, newest first, and the `before` of the pages beside it: null for none, "" for the first. */
export interface ArchivePage {
  readonly issues: readonly ListedIssue[];
  readonly older: string | null;
  readonly newer: string | null;
}

/** The page of issues that are older than the one named by `before`, or the first; null where no such issue was published. */
export async function listArchive(
  ctx: AppContext,
  input: { newsletter: string; before: string | null; limit: number },
): Promise<ArchivePage | null> {
  const { newsletter, before, limit } = input;
  const from = before === null ? null : await placeOf(ctx, newsletter, before);
  if (before !== null && from === null) return null;
  const wanted = ofNewsletter(ctx, newsletter).limit(limit + 1);
  const rows = await (from === null ? wanted : wanted.where(beyond(from, "older"))).execute();
  const page = rows.slice(0, limit);
  const older = rows.length > limit ? (page.at(-1)?.slug ?? null) : null;
  return {
    issues: page.map(listed),
    older,
    newer: from === null ? null : await newerPage(ctx, newsletter, from, limit),
  };
}

async function placeOf(ctx: AppContext, newsletter: string, slug: string): Promise<Place | null> {
  const row = await ctx.store.db
    .selectFrom("issues as i")
    .innerJoin("newsletters as n", "n.id", "i.newsletter")
    .select(["i.id", "i.started_at"])
    .where("n.slug", "=", newsletter)
    .where("i.slug", "=", slug)
    .executeTakeFirst();
  return row === undefined || row.started_at === null ? null : { startedAt: row.started_at, id: row.id };
}

/** The issue named by the address is the last of the page before, so one more than a page of newer ones is its `before`. */
async function newerPage(ctx: AppContext, newsletter: string, from: Place, limit: number): Promise<string> {
  const rows = await ofNewsletter(ctx, newsletter, "newer").where(beyond(from, "newer")).limit(limit).execute();
  return rows.length < limit ? "" : (rows.at(-1)?.slug ?? "");
}

/** A whole issue, as feeds carry it. */
export interface FeedIssue extends ListedIssue {
  readonly startedAt: number;
  readonly summary: string;
  readonly html: string;
  readonly picture: NonNullable<WebIssue["picture"]> | null;
  readonly correction: Correction | null;
}

/** The newest public issues of a newsletter with their texts. */
export async function listFeed(ctx: AppContext, input: { newsletter: string; limit: number }): Promise<FeedIssue[]> {
  const rows = await ofNewsletter(ctx, input.newsletter)
    .innerJoin("contents as c", "c.hash", "i.content")
    .select([webOf.as("web"), "i.correction"])
    .limit(input.limit)
    .execute();
  return rows.map((row) => {
    const { html, summary, picture } = shown(JSON.parse(row.web) as WebIssue);
    const correction = row.corrected_at === null ? null : { at: row.corrected_at, note: row.correction };
    return { ...listed(row), startedAt: row.started_at ?? row.date, html, summary, picture, correction };
  });
}

/** The newest public issues of all newsletters, and when each last changed. */
export async function listEverything(
  ctx: AppContext,
  input: { limit: number },
): Promise<{ newsletter: string; slug: string; changedAt: number }[]> {
  const rows = await publicIssues(ctx)
    .select("n.slug as newsletter")
    .orderBy("i.id", "desc")
    .limit(input.limit)
    .execute();
  return rows.map(({ newsletter, slug, date, started_at, corrected_at }) => ({
    newsletter,
    slug,
    changedAt: corrected_at ?? started_at ?? date,
  }));
}
