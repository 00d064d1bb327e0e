import { type Context, Hono, type MiddlewareHandler } from "hono";
import type { AppContext } from "../context.ts";
import { confirm } from "../subscription/confirm.ts";
import { viewConfirm, viewLeave, viewPreferences } from "../subscription/find.ts";
import { leave } from "../subscription/leave.ts";
import { leaveFrom } from "../subscription/preferences.ts";
import { renew } from "../subscription/renew.ts";
import { readLeniently } from "./body.ts";
import { type Env, peerOf } from "./env.ts";
import { createGuesses } from "./guesses.ts";
import { pageHeaders } from "./headers.ts";
import { basePath, type Page, page } from "./page.ts";
import { problem } from "./problem.ts";
import { blank, confirmedView, hubView, readConsent } from "./view.ts";

/** Pages behind mailed links. The token in the path is the only authority: no cookie, no Origin check (SEC-03, FMT-17). */
export function tokenRoutes(ctx: AppContext) {
  const limit = guessLimit(ctx);
  return new Hono<Env>()
    .use("/confirm/*", limit)
    .use("/u/*", limit)
    .use("/p/*", limit)
    .route("/", confirmRoutes(ctx))
    .route("/", leaveRoutes(ctx))
    .route("/", preferenceRoutes(ctx));
}

/** Counts behind the answer: an authentic link is honoured whoever else shares the address (DOI-12, RULES §1.3). */
function guessLimit(ctx: AppContext): MiddlewareHandler<Env> {
  const guesses = createGuesses(ctx.clock);
  return async (c, next) => {
    await next();
    if (c.res.status !== 404 || !guesses.tooMany(peerOf(c))) return;
    c.res = await problem(ctx, c, 429, { headers: { ...pageHeaders(ctx, "token"), "Retry-After": "600" } });
  };
}

/** GET asks, POST does (DOI-07). */
function confirmRoutes(ctx: AppContext) {
  return new Hono<Env>()
    .on("GET", withSlash("/confirm/:token"), async (c) => {
      const token = tokenOf(c);
      const view = await viewConfirm(ctx, token);
      switch (view.outcome) {
        case "ask":
          return tokenPage(ctx, c, "confirm", { ...view, token: encodeURIComponent(token) });
        case "already":
          return tokenPage(ctx, c, "confirmed", await confirmedView(ctx, slugsOf(view.newsletters)));
        case "expired":
          return expired(ctx, c, token);
        case "unknown":
          return unknown(ctx, c, "confirm");
      }
    })
    .on("POST", withSlash("/confirm/:token"), async (c) => {
      const token = tokenOf(c);
      const result = await confirm(ctx, { token });
      switch (result.outcome) {
        case "confirmed":
        case "already": {
          const query = new URLSearchParams(slugsOf(result.newsletters).map((slug) => ["n", slug]));
          return seeOther(ctx, c, `/confirmed?${query}`);
        }
        case "expired":
          return expired(ctx, c, token);
        case "unknown":
          return unknown(ctx, c, "confirm");
      }
    })
    .on("POST", withSlash("/confirm/:token/renew"), async (c) => {
      const { wording } = await readConsent(ctx);
      const result = await renew(ctx, { token: tokenOf(c), wording });
      return result.outcome === "sent" ? seeOther(ctx, c, "/thanks") : unknown(ctx, c, "confirm");
    });
}

/** RFC 8058: the POST takes any body or none, and never answers with a redirect (RULES §1.3). */
function leaveRoutes(ctx: AppContext) {
  return new Hono<Env>()
    .on("GET", withSlash("/u/:token"), async (c) => {
      const token = tokenOf(c);
      const view = await viewLeave(ctx, token);
      if (view.outcome === "unknown") return unknown(ctx, c, "leave");
      return tokenPage(ctx, c, "leave", { ...nobody, ...view, state: view.outcome, token: encodeURIComponent(token) });
    })
    .on("POST", withSlash("/u/:token"), async (c) => {
      const token = tokenOf(c);
      const form = await readLeniently(c);
      const method = form.one("by") === "page" ? "page" : "one-click";
      const result = await leave(ctx, { token, all: method === "page" && form.one("all") === "1", method });
      if (result.outcome === "unknown") return unknown(ctx, c, "leave");
      const left = await viewLeave(ctx, token);
      const others = left.outcome === "ask" && left.others;
      if (result.outcome === "test") return tokenPage(ctx, c, "leave", { ...nobody, state: "test", token: "" });
      return tokenPage(ctx, c, "left", { ...result, others, token: encodeURIComponent(token) });
    });
}

const nobody = { newsletter: "", address: "", subscribed: false, others: false };

function preferenceRoutes(ctx: AppContext) {
  return new Hono<Env>()
    .on("GET", withSlash("/p/:token"), async (c) => preferences(ctx, c, null))
    .on("POST", withSlash("/p/:token"), async (c) => {
      const form = await readLeniently(c);
      const newsletter = form.one("newsletter");
      const result = await leaveFrom(ctx, { token: tokenOf(c), newsletter });
      return preferences(ctx, c, result.outcome === "left" ? (result.newsletter ?? "all") : null);
    });
}

async function preferences(ctx: AppContext, c: Context<Env>, left: string | null): Promise<Response> {
  const token = tokenOf(c);
  const view = await viewPreferences(ctx, token);
  if (view.outcome === "unknown") return unknown(ctx, c, "preferences");
  const shown = view.outcome === "ok" ? view : { address: "", subscriptions: [] };
  const held = shown.subscriptions.filter((subscription) => subscription.status !== "unsubscribed");
  return tokenPage(ctx, c, "preferences", {
    ...{ address: shown.address, subscriptions: shown.subscriptions },
    ...{ state: view.outcome, token: encodeURIComponent(token), held: held.length, left },
  });
}

async function expired(ctx: AppContext, c: Context<Env>, token: string): Promise<Response> {
  const { html } = await readConsent(ctx);
  return tokenPage(ctx, c, "expired", { token: encodeURIComponent(token), consent: html }, 410);
}

/** The same page for forged, cut and foreign tokens: no hint of what exists. */
async function unknown(ctx: AppContext, c: Context<Env>, kind: "confirm" | "leave" | "preferences"): Promise<Response> {
  const hub = await hubView(ctx, blank);
  // A page behind a link loads nothing from elsewhere (SEC-12), and pictures may be there: it goes without any.
  const groups = hub.groups.map((group) => ({
    ...group,
    newsletters: group.newsletters.map((newsletter) => ({ ...newsletter, image: null })),
  }));
  return tokenPage(ctx, c, "unknown", { kind, ...hub, groups, pictured: false }, 404);
}

function tokenPage(ctx: AppContext, c: Context<Env>, template: string, data: object, status: Page["status"] = 200) {
  return page(ctx, c, { template, data, kind: "token", status, canonical: null });
}

/** To a page whose address holds no token (SEC-12). */
function seeOther(ctx: AppContext, c: Context<Env>, path: string): Response {
  return c.body(null, 303, { ...pageHeaders(ctx, "token"), Location: `${basePath(ctx)}${path}` });
}

/** Some clients add a slash; answering it in place keeps one-click from ever meeting a redirect. */
function withSlash(path: string): string[] {
  return [path, `${path}/`];
}

function tokenOf(c: Context<Env>): string {
  return c.req.param("token") ?? "";
}

function slugsOf(newsletters: readonly { slug: string }[]): string[] {
  return newsletters.map((newsletter) => newsletter.slug);
}
