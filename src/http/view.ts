import type { AppContext } from "../context.ts";
import { readInstance } from "../instance/find.ts";
import { listPublic } from "../issue/archive.ts";
import { directionOf } from "../mail/language.ts";
import { languagesOf, sourceLanguage, speakable } from "../mail/texts.ts";
import { isListed, listNewsletters, type Newsletter } from "../newsletter/find.ts";
import { readConsent, signedWording } from "./consent.ts";
import { type Calendar, calendarOf } from "./dates.ts";
import { scriptUrl } from "./embed-script.ts";
import { feedLinks } from "./feeds.ts";
import { formGuardFields } from "./form-guard.ts";
import { pictureUrl } from "./page.ts";
import type { PassedOn } from "./passed-on.ts";

/** What a reader has typed, and what is wrong with it. */
export interface Entry {
  readonly email: string;
  readonly chosen: readonly string[];
  readonly fault: "address" | "none-chosen" | "bad-newsletters" | null;
  readonly message: string;
}

/** An untouched form. */
export const blank: Entry = { email: "", chosen: [], fault: null, message: "" };

/** The archive has them all. */
const mostIssues = 12;
const mostOthers = 3;
const mostSamples = 2;

/** The sign-up form with all open newsletters, by group; in the instance's language unless a tag of a known one is given. */
export async function hubView(ctx: AppContext, entry: Entry = blank, tag?: string, told: readonly PassedOn[] = []) {
  const language = await pageLanguage(ctx, speakable(ctx.templates, tag ?? "") ?? undefined);
  const open = await listNewsletters(ctx, { status: "open" });
  const views = await Promise.all(
    open.map(async (newsletter) => ({
      group: newsletter.group,
      card: {
        ...newsletterView(ctx, newsletter, language),
        chosen: entry.chosen.includes(newsletter.slug),
        latest: (await latestOf(ctx, newsletter, 1, language))[0] ?? null,
      },
    })),
  );
  const groups = [...Map.groupBy(views, ({ group }) => group)].map(([name, members]) => ({
    name: name === "" ? null : name,
    newsletters: members.map(({ card }) => card),
  }));
  const pictured = open.some(({ image, imageSquare }) => image !== null || imageSquare !== null);
  // Another language of the page keeps the boxes as they are ticked, and the campaign that led here.
  const kept = [
    ...open.filter(({ slug }) => entry.chosen.includes(slug)).map(({ slug }) => ["n", slug]),
    ...told.filter(({ name }) => name.startsWith("utm_")).map(({ name, value }) => [name, value]),
  ];
  const languages = [...languagesOf(ctx.templates)].map(([to, name]) => ({
    ...{ tag: to, name, current: to === language },
    query: `?${new URLSearchParams([["lang", to], ...kept])}`,
  }));
  return { ...(await formView(ctx, language, told)), groups, pictured, entry, languages };
}

/** Template, data and language of a newsletter's own page; what is not open offers others. */
export async function newsletterPage(
  ctx: AppContext,
  newsletter: Newsletter,
  entry: Entry = blank,
  told: readonly PassedOn[] = [],
) {
  const language = await pageLanguage(ctx, newsletter.language);
  const issues = await latestOf(ctx, newsletter, mostIssues, language);
  const others = newsletter.status === "open" ? [] : await otherViews(ctx, [newsletter.slug], language);
  const data = {
    ...(await formView(ctx, language, told)),
    newsletter: newsletterView(ctx, newsletter, language),
    entry,
    issues,
    others,
    // Readers are not told of issues that they cannot find, nor of a past that never was.
    readable: isListed(newsletter) && (issues.length > 0 || newsletter.status === "open"),
    feeds: feedLinks(ctx, newsletter),
  };
  return {
    template: "newsletter",
    data,
    picture: newsletter.image ?? newsletter.imageSquare,
    language,
    about: newsletter.id,
  };
}

/** What every sign-up form shows besides its own: the consent, the guard's hidden fields, what led there, the language, our script. */
export async function formView(ctx: AppContext, language: string, told: readonly PassedOn[] = []) {
  const { html, wording } = await readConsent(ctx, language);
  const script = await scriptUrl(ctx);
  const guard = formGuardFields(ctx, signedWording(ctx, wording));
  return { consent: html, guard, script, told, language, direction: directionOf(language) };
}

/** A few open newsletters besides these. */
export async function otherViews(ctx: AppContext, slugs: readonly string[], language: string = sourceLanguage) {
  const open = await listNewsletters(ctx, { status: "open" });
  const others = open.filter((newsletter) => !slugs.includes(newsletter.slug));
  return others.slice(0, mostOthers).map((newsletter) => newsletterView(ctx, newsletter, language));
}

/**
 * The page after a sign-up: what may be read until the mail comes, and what else there is; in the language of a tag, where pages
 * know it, else in that which the newsletters share. Tells nothing of who asked (I7).
 */
export async function thanksView(ctx: AppContext, slugs: readonly string[], tag?: string) {
  const chosen = (await listNewsletters(ctx, { status: "open" })).filter(({ slug }) => slugs.includes(slug));
  const language = await pageLanguage(ctx, speakable(ctx.templates, tag ?? "") ?? sharedLanguage(chosen));
  const hub = await pageLanguage(ctx);
  const again = [...chosen.map(({ slug }) => ["n", slug]), ...(language === hub ? [] : [["lang", language]])];
  const newsletters = await samples(ctx, chosen.slice(0, mostOthers), language);
  return {
    ...{ language, direction: directionOf(language), ...aboutOne(chosen) },
    // Back to the form as it was ticked, in the same language.
    again: again.length === 0 ? "" : `?${new URLSearchParams(again)}`,
    newsletters: newsletters.filter(({ issues }) => issues.length > 0),
    others: chosen.length === 0 ? [] : await otherViews(ctx, slugs, language),
  };
}

/** The page after confirming: thanks and something to read, for each of these newsletters that exists. */
export async function confirmedView(ctx: AppContext, slugs: readonly string[]) {
  const known = await listNewsletters(ctx);
  const joined = known.filter(({ slug, status }) => slugs.includes(slug) && status !== "hidden");
  const language = await pageLanguage(ctx, sharedLanguage(joined));
  const list = new Intl.ListFormat(language, { type: "conjunction" });
  const names = list.formatToParts(joined.map(({ name }) => name)).reduce(
    ({ at, parts }, { type, value }) => ({
      at: at + (type === "element" ? 1 : 0),
      parts: [...parts, { value, language: type === "element" ? (joined[at]?.language ?? null) : null }],
    }),
    { at: 0, parts: [] as { value: string; language: string | null }[] },
  );
  return {
    ...{ language, direction: directionOf(language), ...aboutOne(joined) },
    newsletters: await samples(ctx, joined, language),
    names: names.parts,
    others: await otherViews(ctx, slugs, language),
  };
}

/** The newsletter whose own words come first on a page: the only one that it is about. */
function aboutOne(newsletters: readonly Newsletter[]): { about?: number } {
  const [only] = newsletters.length === 1 ? newsletters : [];
  return only === undefined ? {} : { about: only.id };
}

function samples(ctx: AppContext, newsletters: readonly Newsletter[], language: string) {
  return Promise.all(
    newsletters.map(async (newsletter) => ({
      ...newsletterView(ctx, newsletter, language),
      issues: await latestOf(ctx, newsletter, mostSamples, language),
    })),
  );
}

/** The newest issues that everybody may find; none where the newsletter's archive is not public. */
async function latestOf(ctx: AppContext, newsletter: Newsletter, limit: number, language: string) {
  if (!isListed(newsletter)) return [];
  const issues = await listPublic(ctx, { newsletter: newsletter.slug, limit });
  if (issues.length === 0) return [];
  const calendar = await calendarOf(ctx, language);
  return issues.map((issue) => issueView(issue, calendar));
}

/** The tag that they have in common; undefined where they speak differently, and for none. */
function sharedLanguage(newsletters: readonly Newsletter[]): string | undefined {
  const [first] = newsletters;
  return newsletters.every(({ language }) => language === first?.language) ? first?.language : undefined;
}

/** A language that pages can speak: of a tag, or else the instance's. */
export async function pageLanguage(ctx: AppContext, tag?: string): Promise<string> {
  return speakable(ctx.templates, tag ?? (await readInstance(ctx)).language) ?? sourceLanguage;
}

/** A published issue in a list. */
export function issueView({ slug, title, date }: { slug: string; title: string; date: number }, calendar: Calendar) {
  return { slug, title, date: calendar.issued(date) };
}

/** One newsletter as pages print it; its language is named where it is not that of the page. */
export function newsletterView(ctx: AppContext, newsletter: Newsletter, page: string = sourceLanguage) {
  const { slug, name, pitch, frequency, language, imageAlt, senderName, senderAddress, status } = newsletter;
  const wide = pictureUrl(ctx, newsletter.image);
  const square = pictureUrl(ctx, newsletter.imageSquare);
  return {
    ...{ slug, name, pitch, frequency, language, imageAlt, senderName, senderAddress, status },
    // One picture stands for both crops where there is no other.
    ...{ image: wide ?? square, square: square ?? wide },
    about: paragraphs(newsletter.about),
    thanks: paragraphs(newsletter.thanks),
    direction: directionOf(language),
    languageName: languageName(language, page),
  };
}

function languageName(tag: string, page: string): string | null {
  if (tag.split("-", 1)[0] === page.split("-", 1)[0]) return null;
  return new Intl.DisplayNames([page], { type: "language" }).of(tag) ?? null;
}

/** Blank lines part paragraphs. */
function paragraphs(text: string): string[] {
  return text
    .split(/\r?\n[ \t]*\r?\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== "");
}
