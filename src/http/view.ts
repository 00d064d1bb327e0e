import type { AppContext } from "../context.ts";
import { readInstance } from "../instance/find.ts";
import { listPublic } from "../issue/find.ts";
import { directionOf } from "../mail/language.ts";
import { render } from "../mail/liquid.ts";
import { listNewsletters, type Newsletter } from "../newsletter/find.ts";
import { pictureUrl, siteOf } from "./page.ts";

/** What a reader has typed, and what is wrong with it. */
export interface Entry {
  readonly email: string;
  readonly chosen: readonly string[];
  readonly fault: "address" | "none-chosen" | "bad-newsletters" | null;
  readonly message: string;
}

/** An untouched form. */
export const blank: Entry = { email: "", chosen: [], fault: null, message: "" };

const mostIssues = 50;
const mostOthers = 3;
const mostSamples = 2;

/** The page language of the built-in templates. */
const PAGE_LANGUAGE = "en";

/** The sign-up form with all open newsletters, by group. */
export async function hubView(ctx: AppContext, entry: Entry = blank) {
  const open = await listNewsletters(ctx, { status: "open" });
  const groups = [...Map.groupBy(open, (newsletter) => newsletter.group)].map(([name, newsletters]) => ({
    name: name === "" ? null : name,
    newsletters: newsletters.map((newsletter) => ({
      ...newsletterView(ctx, newsletter),
      chosen: entry.chosen.includes(newsletter.slug),
    })),
  }));
  const pictured = open.some((newsletter) => newsletter.image !== null);
  return { groups, pictured, entry, consent: (await readConsent(ctx)).html };
}

/** Template and data of a newsletter's own page; what is not open offers others. */
export async function newsletterPage(ctx: AppContext, newsletter: Newsletter, entry: Entry = blank) {
  const issues = await listPublic(ctx, { newsletter: newsletter.slug, limit: mostIssues });
  const others = newsletter.status === "open" ? [] : await otherViews(ctx, [newsletter.slug]);
  const data = {
    newsletter: newsletterView(ctx, newsletter),
    entry,
    consent: (await readConsent(ctx)).html,
    issues: issues.map(issueView),
    others,
  };
  return { template: "newsletter", data, picture: newsletter.image };
}

/** A few open newsletters besides these. */
export async function otherViews(ctx: AppContext, slugs: readonly string[]) {
  const open = await listNewsletters(ctx, { status: "open" });
  const others = open.filter((newsletter) => !slugs.includes(newsletter.slug));
  return others.slice(0, mostOthers).map((newsletter) => newsletterView(ctx, newsletter));
}

/** The page after confirming: thanks and something to read, for each of these newsletters that exists. */
export async function confirmedView(ctx: AppContext, slugs: readonly string[]) {
  const all = await listNewsletters(ctx);
  const joined = all.filter((newsletter) => slugs.includes(newsletter.slug));
  const newsletters = await Promise.all(
    joined.map(async (newsletter) => ({
      ...newsletterView(ctx, newsletter),
      issues: (await listPublic(ctx, { newsletter: newsletter.slug, limit: mostSamples })).map(issueView),
    })),
  );
  return { newsletters, others: await otherViews(ctx, slugs) };
}

/** A published issue in a list. */
export function issueView(issue: { slug: string; title: string; date: number | null }) {
  return { slug: issue.slug, title: issue.title, date: issue.date === null ? null : dateView(issue.date) };
}

/** One newsletter as pages print it; its language is named where it is not that of the page. */
export function newsletterView(ctx: AppContext, newsletter: Newsletter) {
  const { slug, name, pitch, frequency, language, imageAlt, senderName, senderAddress, status } = newsletter;
  return {
    ...{ slug, name, pitch, frequency, language, imageAlt, senderName, senderAddress, status },
    image: pictureUrl(ctx, newsletter.image),
    about: paragraphs(newsletter.about),
    thanks: paragraphs(newsletter.thanks),
    direction: directionOf(language),
    languageName: languageName(language),
  };
}

function languageName(tag: string): string | null {
  if (tag.split("-", 1)[0] === PAGE_LANGUAGE) return null;
  return new Intl.DisplayNames([PAGE_LANGUAGE], { type: "language" }).of(tag) ?? null;
}

/** Blank lines part paragraphs. */
function paragraphs(text: string): string[] {
  return text
    .split(/\r?\n[ \t]*\r?\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== "");
}

/** A time in words and for machines, by UTC. */
export function dateView(at: number): { iso: string; words: string } {
  const words = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(at);
  return { iso: new Date(at).toISOString().slice(0, 10), words };
}

interface Consent {
  readonly html: string;
  readonly wording: string;
}

const consents = new WeakMap<AppContext, { key: string; consent: Consent }>();

/** The consent sentence: `html` as the forms show it, `wording` the same as text, to be kept as proof (LAW-01). */
export async function readConsent(ctx: AppContext): Promise<Consent> {
  const path = "page/consent.html.liquid";
  const { operator, privacyUrl } = siteOf(await readInstance(ctx));
  const key = JSON.stringify([operator, privacyUrl, ctx.templates.read(path)]);
  const kept = consents.get(ctx);
  // Every sign-up needs it, and it hardly ever changes.
  if (kept?.key === key) return kept.consent;
  const html = render(ctx.templates, path, { operator, privacyUrl }).trim();
  const consent = { html, wording: textOf(html) };
  consents.set(ctx, { key, consent });
  return consent;
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#34": '"', "#39": "'", nbsp: " " };

/** The words of a fragment, with each link's address behind its words. */
function textOf(html: string): string {
  return html
    .replace(/<a\b[^>]*\bhref=(["'])(.*?)\1[^>]*>(.*?)<\/a>/gs, "$3 ($2)")
    .replace(/<[^>]*>/g, "")
    .replace(/&(\w+|#\d+);/g, (whole, name: string) => entities[name] ?? whole)
    .replace(/\s+/g, " ")
    .trim();
}
