import { Hono } from "hono";
import type { AppContext } from "../context.ts";
import { webCopy } from "../issue/find.ts";
import { findNewsletter } from "../newsletter/find.ts";
import { assetRoutes } from "./assets.ts";
import type { Env } from "./env.ts";
import { outboxRoutes } from "./outbox.ts";
import { page } from "./page.ts";
import { problem } from "./problem.ts";
import { subscribeRoutes } from "./subscribe.ts";
import { tokenRoutes } from "./token-pages.ts";
import { confirmedView, dateView, hubView, newsletterPage, newsletterView } from "./view.ts";

/** Everything that readers see; mounted at the root. */
export function publicRoutes(ctx: AppContext) {
  return new Hono<Env>()
    .route("/", readingRoutes(ctx))
    .route("/", subscribeRoutes(ctx))
    .route("/", tokenRoutes(ctx))
    .route("/", outboxRoutes(ctx))
    .route("/", assetRoutes(ctx));
}

/** Pages without a key in their address. */
function readingRoutes(ctx: AppContext) {
  return new Hono<Env>()
    .get("/", async (c) => page(ctx, c, { template: "hub", data: await hubView(ctx), kind: "open", canonical: "/" }))
    .get("/thanks", (c) => page(ctx, c, { template: "thanks", data: {}, kind: "answer", canonical: null }))
    .get("/confirmed", async (c) => {
      const data = await confirmedView(ctx, c.req.queries("n") ?? []);
      return page(ctx, c, { template: "confirmed", data, kind: "answer", canonical: null });
    })
    .on("GET", ["/n/:slug", "/n/:slug/"], async (c) => {
      const newsletter = await findNewsletter(ctx, c.req.param("slug") ?? "");
      if (newsletter === null) return problem(ctx, c, 404);
      const parts = await newsletterPage(ctx, newsletter);
      return page(ctx, c, { ...parts, kind: "open", canonical: `/n/${newsletter.slug}` });
    })
    .on("GET", ["/n/:slug/:issue", "/n/:slug/:issue/"], async (c) => {
      const preview = c.req.query("preview") ?? null;
      const { slug = "", issue = "" } = c.req.param();
      const copy = await webCopy(ctx, { newsletter: slug, issue, preview });
      if (copy.outcome === "unknown") return problem(ctx, c, 404);
      const date = copy.date === null ? null : dateView(copy.date);
      // An issue that begins with a headline of its own has it for the page's: two would say the same.
      const shown = { title: copy.title, html: copy.html, date, headed: /<h1[\s>]/.test(copy.html) };
      return page(ctx, c, {
        template: "issue",
        data: { newsletter: newsletterView(ctx, copy.newsletter), issue: shown, preview: copy.preview },
        kind: copy.preview ? "answer" : "open",
        canonical: copy.preview ? null : `/n/${slug}/${issue}`,
        picture: copy.newsletter.image,
      });
    });
}
