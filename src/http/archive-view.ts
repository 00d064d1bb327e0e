import type { AppContext } from "../context.ts";
import { readInstance } from "../instance/find.ts";
import type { ArchivePage, Correction, FeedIssue, WebCopy } from "../issue/archive.ts";
import { escapeHtml } from "../mail/segments.ts";
import { type Texts, textsFor } from "../mail/texts.ts";
import type { Newsletter } from "../newsletter/find.ts";
import { ownTexts } from "../newsletter/texts.ts";
import { type Calendar, calendarIn, calendarOf } from "./dates.ts";
import { type Feed, feedId, feedLinks } from "./feeds.ts";
import { type Page, siteOf } from "./page.ts";
import { blank, formView, issueView, newsletterView, otherViews, pageLanguage } from "./view.ts";

function homeOf(ctx: AppContext, { slug }: Newsletter): string {
  return `${ctx.config.publicUrl}/n/${slug}`;
}

/** What a page prints and the words that it says it in, which are the newsletter's. */
type Said = Pick<Page, "data" | "language" | "about">;

/** What the page of an issue prints. */
export async function sayIssue(ctx: AppContext, copy: Extract<WebCopy, { outcome: "ok" }>): Promise<Said> {
  const { newsletter, title, html, summary, correction } = copy;
  const language = await pageLanguage(ctx, newsletter.language);
  const calendar = await calendarOf(ctx, language);
  // An issue that begins with a headline of its own has it for the page's: two would say the same.
  const headed = /<h1[\s>]/.test(html);
  const data = {
    ...(await formView(ctx, language)),
    newsletter: newsletterView(ctx, newsletter, language),
    issue: { title, html, summary, headed, slug: copy.slug, date: calendar.issued(copy.date) },
    preview: copy.preview,
    correction: correction === null ? null : { ...calendar.moment(correction.at), note: correction.note },
    published: copy.startedAt === null ? null : new Date(copy.startedAt).toISOString(),
    older: copy.older,
    newer: copy.newer,
    listed: copy.listed,
    feeds: feedLinks(ctx, newsletter),
    entry: blank,
    others: newsletter.status === "open" ? [] : await otherViews(ctx, [newsletter.slug], language),
  };
  return { data, language, about: newsletter.id };
}

/** What a page of an archive prints: its issues by month, newest first. */
export async function sayArchive(ctx: AppContext, newsletter: Newsletter, page: ArchivePage): Promise<Said> {
  const language = await pageLanguage(ctx, newsletter.language);
  const calendar = await calendarOf(ctx, language);
  const months = [...Map.groupBy(page.issues, ({ date }) => calendar.month(date).words)];
  const data = {
    newsletter: newsletterView(ctx, newsletter, language),
    months: months.map(([name, issues]) => ({
      name,
      issues: issues.map((issue) => ({ ...issueView(issue, calendar), corrected: issue.correctedAt !== null })),
    })),
    older: page.older,
    newer: page.newer,
    feeds: feedLinks(ctx, newsletter),
  };
  return { data, language, about: newsletter.id };
}

/** The feed of a newsletter. While nothing has left, this installation's beginning stands for its last change. */
export async function feedOf(ctx: AppContext, newsletter: Newsletter, issues: readonly FeedIssue[]): Promise<Feed> {
  const instance = await readInstance(ctx);
  const home = homeOf(ctx, newsletter);
  const language = await pageLanguage(ctx, newsletter.language);
  const say = textsFor(ctx.templates, language, await ownTexts(ctx, newsletter.id, language));
  const calendar = calendarIn(instance.timeZone, language);
  const entries = issues.map((issue) => ({
    id: feedId(newsletter.listId, issue.slug),
    url: `${home}/${issue.slug}`,
    title: issue.title,
    summary: issue.summary,
    html: correctionHtml(say, issue.correction, calendar) + issue.html,
    picture: issue.picture?.src ?? null,
    published: issue.startedAt,
    updated: issue.correction?.at ?? issue.startedAt,
  }));
  return {
    id: feedId(newsletter.listId),
    title: newsletter.name,
    subtitle: newsletter.pitch,
    language: newsletter.language,
    home,
    author: siteOf(instance).name,
    picture: whole(ctx, newsletter.image),
    icon: whole(ctx, newsletter.imageSquare),
    updated: Math.max(instance.createdAt, ...entries.map(({ updated }) => updated)),
    entries,
  };
}

function whole(ctx: AppContext, picture: string | null): string | null {
  return picture?.startsWith("/") ? `${ctx.config.publicUrl}${picture}` : picture;
}

/** Feed readers show nothing but the text, so the text says that it was corrected. */
function correctionHtml(say: Texts, correction: Correction | null, calendar: Calendar): string {
  if (correction === null) return "";
  const { words } = calendar.moment(correction.at);
  const told = [say("archive.corrected", { time: words }), correction.note].filter((text) => text !== "").join(" ");
  return `<p><em>${escapeHtml(told)}</em></p>\n`;
}
