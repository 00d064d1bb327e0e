import type { Context } from "hono";
import type { AppContext } from "../context.ts";
import { listNewsletters } from "../newsletter/find.ts";
import type { Visit } from "../subscription/visit.ts";
import type { Fields } from "./body.ts";
import type { Env } from "./env.ts";
import { guardField } from "./form-guard.ts";

/** Tokens of Cloudflare's widget are no longer. */
const longest = 2_048;

/** What the widget on a form must name as its action. */
const action = "subscribe";

/**
 * A visit that Cloudflare's widget vouches for, where one is set up and its token holds: for this action, and on a page that may hold
 * the form (DOI-27). Whatever goes wrong, it vouches for nobody, and the form is answered all the same.
 */
export async function vouch(
  ctx: AppContext,
  c: Context<Env>,
  fields: Fields,
  visit: Visit,
  slugs: readonly string[],
): Promise<Visit> {
  const token = fields.one(guardField.turnstile);
  if (ctx.turnstile === undefined || token === "" || token.length > longest) return visit;
  const answer = await ctx.turnstile(token);
  if (answer === null || answer.action !== action) return visit;
  return { ...visit, vouched: await mayHoldForm(ctx, c, slugs, answer.hostname) };
}

/**
 * Whether the form may stand there: on our own pages, or on a site that a chosen newsletter lists. Whoever sends a form writes its
 * Origin, so that is believed only where none of them has a list, since any site may hold it then.
 */
async function mayHoldForm(ctx: AppContext, c: Context<Env>, slugs: readonly string[], host: string): Promise<boolean> {
  if (host === "") return false;
  if (host === hostOf(ctx.config.publicUrl)) return true;
  const newsletters = c.get("newsletters") ?? (await listNewsletters(ctx));
  const listed = newsletters.filter(({ slug }) => slugs.includes(slug)).flatMap(({ origins }) => origins);
  const sites = listed.length > 0 ? listed : [c.req.header("origin") ?? ""];
  return sites.some((site) => hostOf(site) === host);
}

/** Without its port: Cloudflare names none. */
function hostOf(url: string): string {
  return URL.parse(url)?.hostname ?? "";
}

const verifier = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

/** How long a person waits for Cloudflare's word, in ms. */
const patience = 3_000;

/** Asks Cloudflare about tokens; null for one that does not hold, and where there is no answer in time. */
export function createTurnstile(
  secret: string,
  log: AppContext["log"],
  fetcher: typeof fetch = fetch,
): NonNullable<AppContext["turnstile"]> {
  return async (token) => {
    try {
      const body = new URLSearchParams({ secret, response: token });
      const response = await fetcher(verifier, { method: "POST", body, signal: AbortSignal.timeout(patience) });
      const told = (await response.json()) as { success?: unknown; hostname?: unknown; action?: unknown };
      if (told.success !== true) return null;
      return { hostname: String(told.hostname ?? ""), action: String(told.action ?? "") };
    } catch (fault) {
      log.error("turnstile has not answered", { fault: fault instanceof Error ? fault.message : String(fault) });
      return null;
    }
  };
}
