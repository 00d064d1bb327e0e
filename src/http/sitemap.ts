import type { AppContext } from "../context.ts";
import { listEverything } from "../issue/archive.ts";
import { isListed, listNewsletters } from "../newsletter/find.ts";
import { basePath } from "./page.ts";
import { escapeXml, xmlTime } from "./xml.ts";

/** A sitemap holds 50,000 addresses at most; older issues are found by the pages of the archives, which link each other. */
const mostIssues = 10_000;

/** Crawlers come in crowds, and ten thousand addresses take a while. */
const keptFor = 60_000;

const kept = new WeakMap<AppContext, { readonly text: string; readonly until: number }>();

/** The sitemap (sitemaps.org) of everything that is for search engines; up to a minute old. */
export async function sitemap(ctx: AppContext): Promise<string> {
  const known = kept.get(ctx);
  if (known !== undefined && ctx.clock() < known.until) return known.text;
  const text = await writeSitemap(ctx);
  kept.set(ctx, { text, until: ctx.clock() + keptFor });
  return text;
}

async function writeSitemap(ctx: AppContext): Promise<string> {
  const issues = await listEverything(ctx, { limit: mostIssues });
  const filled = new Set(issues.map(({ newsletter }) => newsletter));
  const shown = (await listNewsletters(ctx)).filter(({ status }) => status !== "hidden");
  const urls = [
    place(ctx, "/"),
    ...shown.flatMap((newsletter) => [
      place(ctx, `/n/${newsletter.slug}`),
      ...(isListed(newsletter) && filled.has(newsletter.slug) ? [place(ctx, `/n/${newsletter.slug}/archive`)] : []),
    ]),
    ...issues.map(({ newsletter, slug, changedAt }) => place(ctx, `/n/${newsletter}/${slug}`, changedAt)),
  ];
  const head = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">';
  return `${head}\n${urls.join("\n")}\n</urlset>\n`;
}

function place(ctx: AppContext, path: string, changedAt?: number): string {
  const changed = changedAt === undefined ? "" : `<lastmod>${xmlTime(changedAt)}</lastmod>`;
  return `<url><loc>${escapeXml(ctx.config.publicUrl + path)}</loc>${changed}</url>`;
}

/**
 * What crawlers are told. Pages behind a reader's link are not named: they say `noindex` themselves, which only a crawler that
 * may open them can read.
 */
export function robots(ctx: AppContext): string {
  return `User-agent: *\nDisallow: ${basePath(ctx)}/api/\n\nSitemap: ${ctx.config.publicUrl}/sitemap.xml\n`;
}
