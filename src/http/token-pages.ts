import { type Context, Hono, type MiddlewareHandler } from "hono";
import type { AppContext } from "../context.ts";
import { confirm } from "../subscription/confirm.ts";
import { viewConfirm, voiceOfConfirm } from "../subscription/find.ts";
import { renew } from "../subscription/renew.ts";
import { readLeniently } from "./body.ts";
import { networkOf } from "./client.ts";
import { readConsent } from "./consent.ts";
import type { Env } from "./env.ts";
import { crowded, readVisit, turnAway } from "./gate.ts";
import { createGuesses } from "./guesses.ts";
import { pageHeaders } from "./headers.ts";
import { leaveRoutes } from "./leave-pages.ts";
import { linkRoutes } from "./link-pages.ts";
import { notMeRoutes } from "./not-me.ts";
import { problem } from "./problem.ts";
import { readerRoutes } from "./reader-pages.ts";
import { seeOther, tokenOf, tokenPage, unknownLink, withSlash } from "./token-page.ts";
import { confirmedView } from "./view.ts";

/** Pages behind mailed links. The token in the path is the only authority: no cookie, no Origin check (SEC-03, FMT-17). */
export function tokenRoutes(ctx: AppContext) {
  const limit = guessLimit(ctx);
  return new Hono<Env>()
    .use("/confirm/*", limit)
    .use("/u/*", limit)
    .use("/p/*", limit)
    .use("/manage/*", limit)
    .use("/address/*", limit)
    .route("/", confirmRoutes(ctx))
    .route("/", notMeRoutes(ctx))
    .route("/", leaveRoutes(ctx))
    .route("/", readerRoutes(ctx))
    .route("/", linkRoutes(ctx));
}

/** Counts behind the answer: an authentic link is honoured whoever else shares the address (DOI-12, RULES §1.3). */
function guessLimit(ctx: AppContext): MiddlewareHandler<Env> {
  const guesses = createGuesses(ctx.clock);
  return async (c, next) => {
    await next();
    if (c.res.status !== 404 || !guesses.tooMany(networkOf(ctx.config, c))) return;
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
          return tokenPage(
            ctx,
            c,
            "confirm",
            { ...view, token: encodeURIComponent(token) },
            await voiceOfConfirm(ctx, token),
          );
        case "already": {
          const data = await confirmedView(ctx, slugsOf(view.newsletters));
          return tokenPage(ctx, c, "confirmed", data, data);
        }
        case "expired":
          return expired(ctx, c, token);
        case "unknown":
          return unknownLink(ctx, c, "confirm");
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
          return unknownLink(ctx, c, "confirm");
      }
    })
    .on("POST", withSlash("/confirm/:token/renew"), async (c) => {
      const away = await turnAway(ctx, c);
      if (away !== null) return away;
      const visit = readVisit(ctx, c, await readLeniently(c));
      const { language } = await voiceOfConfirm(ctx, tokenOf(c));
      const { wording } = await readConsent(ctx, language ?? undefined);
      const result = await renew(ctx, { token: tokenOf(c), wording, visit });
      switch (result.outcome) {
        case "sent":
          return seeOther(ctx, c, "/thanks");
        case "crowded":
          return crowded(ctx, c, result.seconds);
        case "unknown":
          return unknownLink(ctx, c, "confirm");
      }
    });
}

async function expired(ctx: AppContext, c: Context<Env>, token: string): Promise<Response> {
  const voice = await voiceOfConfirm(ctx, token);
  const { html } = await readConsent(ctx, voice.language ?? undefined);
  const data = { token: encodeURIComponent(token), consent: html };
  return tokenPage(ctx, c, "expired", data, { ...voice, status: 410 });
}

function slugsOf(newsletters: readonly { slug: string }[]): string[] {
  return newsletters.map((newsletter) => newsletter.slug);
}
