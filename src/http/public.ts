import { type Context, Hono } from "hono";
import type { AppContext } from "../context.ts";
import { findNewsletter } from "../newsletter/find.ts";
import { archiveRoutes } from "./archive.ts";
import { assetRoutes } from "./assets.ts";
import { challengeRoutes } from "./challenge.ts";
import { crossOrigin } from "./cors.ts";
import { embedRoutes } from "./embed.ts";
import type { Env } from "./env.ts";
import { formHeaders } from "./headers.ts";
import { outboxRoutes } from "./outbox.ts";
import { page } from "./page.ts";
import { ledBy, type PassedOn } from "./passed-on.ts";
import { problem } from "./problem.ts";
import { subscribeRoutes } from "./subscribe.ts";
import { tokenRoutes } from "./token-pages.ts";
import { blank, confirmedView, hubView, newsletterPage, thanksView } from "./view.ts";

/** Everything that readers see; mounted at the root. */
export function publicRoutes(ctx: AppContext) {
  return new Hono<Env>()
    .route("/", readingRoutes(ctx))
    .route("/", archiveRoutes(ctx))
    .route("/", embedRoutes(ctx))
    .use("/subscribe", crossOrigin(ctx, "POST"))
    .use("/subscribe/challenge", crossOrigin(ctx, "GET"))
    .route("/", challengeRoutes(ctx))
    .route("/", subscribeRoutes(ctx))
    .route("/", tokenRoutes(ctx))
    .route("/", outboxRoutes(ctx))
    .route("/", assetRoutes(ctx));
}

/** Pages without a key in their address. */
function readingRoutes(ctx: AppContext) {
  return new Hono<Env>()
    .get("/", async (c) => {
      // A link may name newsletters to tick, and the language of the page.
      const entry = { ...blank, chosen: c.req.queries("n") ?? [] };
      const data = await hubView(ctx, entry, c.req.query("lang"), ledHere(ctx, c));
      const { language } = data;
      return page(ctx, c, { template: "hub", data, language, kind: "open", canonical: "/", headers: formHeaders(ctx) });
    })
    .get("/thanks", async (c) => {
      const { about, ...data } = await thanksView(ctx, c.req.queries("n") ?? [], c.req.query("lang"));
      const told = { data, language: data.language, ...(about === undefined ? {} : { about }) };
      return page(ctx, c, { template: "thanks", ...told, kind: "answer", canonical: null });
    })
    .get("/confirmed", async (c) => {
      const { about, ...data } = await confirmedView(ctx, c.req.queries("n") ?? []);
      const told = { data, language: data.language, ...(about === undefined ? {} : { about }) };
      return page(ctx, c, { template: "confirmed", ...told, kind: "answer", canonical: null });
    })
    .on("GET", ["/n/:slug", "/n/:slug/"], async (c) => {
      const newsletter = await findNewsletter(ctx, c.req.param("slug") ?? "");
      if (newsletter === null || newsletter.status === "hidden") return problem(ctx, c, 404);
      const parts = await newsletterPage(ctx, newsletter, blank, ledHere(ctx, c));
      const headers = formHeaders(ctx);
      return page(ctx, c, { ...parts, kind: "open", canonical: `/n/${newsletter.slug}`, headers });
    });
}

function ledHere(ctx: AppContext, c: Context<Env>): PassedOn[] {
  return ledBy((name) => c.req.query(name), c.req.header("referer"), ctx.config.publicUrl);
}
