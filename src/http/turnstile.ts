import type { Context } from "hono";
import type { AppContext } from "../context.ts";
import type { Visit } from "../subscription/visit.ts";
import type { Fields } from "./body.ts";
import type { Env } from "./env.ts";
import { guardField } from "./form-guard.ts";

/** Tokens of Cloudflare's widget are no longer. */
const longest = 2_048;

/** What the widget on a form must name as its action. */
const action = "subscribe";

/**
 * A visit that Cloudflare's widget vouches for, where one is set up and its token holds: for this action, on our own pages or on
 * the very page that sent the form (DOI-27). Whatever goes wrong, it vouches for nobody, and the form is answered all the same.
 */
export async function vouch(ctx: AppContext, c: Context<Env>, fields: Fields, visit: Visit): Promise<Visit> {
  const token = fields.one(guardField.turnstile);
  if (ctx.turnstile === undefined || token === "" || token.length > longest) return visit;
  const answer = await ctx.turnstile(token);
  if (answer === null || answer.action !== action) return visit;
  const hosts = [ctx.config.publicUrl, c.req.header("origin") ?? ""].map((url) => URL.parse(url)?.hostname ?? "");
  return { ...visit, vouched: answer.hostname !== "" && hosts.includes(answer.hostname) };
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
