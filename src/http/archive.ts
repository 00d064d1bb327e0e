import { type Context, Hono } from "hono";
import type { AppContext } from "../context.ts";
import { listArchive, listFeed, webCopy } from "../issue/archive.ts";
import { findNewsletter, isListed } from "../newsletter/find.ts";
import { feedOf, sayArchive, sayIssue } from "./archive-view.ts";
import type { Env } from "./env.ts";
import { tagged } from "./etag.ts";
import { atomFeed, type Feed, jsonFeed } from "./feeds.ts";
import { copyHeaders } from "./headers.ts";
import { page } from "./page.ts";
import { problem } from "./problem.ts";
import { robots, sitemap } from "./sitemap.ts";

const pageSize = 40;
const feedSize = 20;

const feeds = {
  "feed.xml": { type: "application/atom+xml; charset=utf-8", write: atomFeed },
  "feed.json": { type: "application/feed+json; charset=utf-8", write: jsonFeed },
} as const;

/** Every issue in a browser, lists of them for people, feed readers and search engines. Nothing here holds a script (SEC-02). */
export function archiveRoutes(ctx: AppContext) {
  return new Hono<Env>()
    .get("/robots.txt", (c) => tagged(c, robots(ctx), plainHeaders("text/plain; charset=utf-8")))
    .get("/sitemap.xml", async (c) => tagged(c, await sitemap(ctx), plainHeaders("application/xml; charset=utf-8")))
    .on("GET", ["/n/:slug/archive", "/n/:slug/archive/"], (c) => archivePage(ctx, c, c.req.param("slug") ?? ""))
    .get("/n/:slug/feed.xml", (c) => feed(ctx, c, "feed.xml"))
    .get("/n/:slug/feed.json", (c) => feed(ctx, c, "feed.json"))
    .on("GET", ["/n/:slug/:issue", "/n/:slug/:issue/"], (c) => {
      const { slug = "", issue = "" } = c.req.param();
      return issuePage(ctx, c, { newsletter: slug, issue });
    });
}

async function archivePage(ctx: AppContext, c: Context<Env>, slug: string): Promise<Response> {
  const newsletter = await findNewsletter(ctx, slug);
  if (newsletter === null || !isListed(newsletter)) return problem(ctx, c, 404);
  const before = c.req.query("before") ?? null;
  const found = await listArchive(ctx, { newsletter: slug, before, limit: pageSize });
  if (found === null) return problem(ctx, c, 404);
  return page(ctx, c, {
    template: "archive",
    ...(await sayArchive(ctx, newsletter, found)),
    kind: "open",
    canonical: `/n/${slug}/archive${before === null ? "" : `?before=${encodeURIComponent(before)}`}`,
    picture: newsletter.image,
  });
}

async function issuePage(
  ctx: AppContext,
  c: Context<Env>,
  asked: { newsletter: string; issue: string },
): Promise<Response> {
  const copy = await webCopy(ctx, { ...asked, preview: c.req.query("preview") ?? null });
  if (copy.outcome === "unknown") return problem(ctx, c, 404);
  const path = `/n/${asked.newsletter}/${asked.issue}`;
  return page(ctx, c, {
    template: "issue",
    ...(await sayIssue(ctx, copy)),
    kind: copy.preview ? "answer" : "open",
    // Whoever was handed the link of an unlisted issue may hand it on, and what they hand on has a card.
    canonical: copy.listed ? path : null,
    card: copy.preview ? null : path,
    picture: copy.picture?.src ?? copy.newsletter.image,
    headers: copyHeaders(ctx),
  });
}

async function feed(ctx: AppContext, c: Context<Env>, name: keyof typeof feeds): Promise<Response> {
  const newsletter = await findNewsletter(ctx, c.req.param("slug") ?? "");
  if (newsletter === null || !isListed(newsletter)) return problem(ctx, c, 404);
  const issues = await listFeed(ctx, { newsletter: newsletter.slug, limit: feedSize });
  const told: Feed = await feedOf(ctx, newsletter, issues);
  const { type, write } = feeds[name];
  // Read by pages of any site: it holds nothing that is not public, and no cookie opens more.
  const headers = { ...plainHeaders(type), "Access-Control-Allow-Origin": "*" };
  return tagged(c, write(told, `${told.home}/${name}`), headers);
}

/** Of answers that are no pages: opened by themselves they run and load nothing. */
function plainHeaders(type: string): Record<string, string> {
  return {
    "Content-Type": type,
    "Cache-Control": "public, max-age=300",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
  };
}
