import type { MiddlewareHandler } from "hono";
import type { AppContext } from "../context.ts";
import { listNewsletters, type Newsletter } from "../newsletter/find.ts";
import type { Env } from "./env.ts";

/** How long a browser may remember what it may do here, in seconds. */
const remembered = "600";

/**
 * Lets pages of other sites read what a sign-up answers (SEC-14): without cookies or any other credentials, for any site where a
 * newsletter names none, otherwise for those that one names. `allow` lists what a preflight may be told.
 */
export function crossOrigin(ctx: AppContext, allow: "GET" | "POST"): MiddlewareHandler<Env> {
  return async (c, next) => {
    const origin = c.req.header("origin");
    // Only browsers ask, and they always name one where it matters.
    const newsletters = origin === undefined ? undefined : await listNewsletters(ctx);
    const granted = newsletters === undefined ? null : grant(newsletters, origin);
    if (newsletters !== undefined) c.set("newsletters", newsletters);
    if (c.req.method === "OPTIONS") {
      const preflight = granted === null ? {} : preflightHeaders(granted, allow);
      return c.body(null, 204, { ...preflight, Allow: `${allow}, OPTIONS`, Vary: "Origin" });
    }
    await next();
    if (granted !== null) c.res.headers.set("Access-Control-Allow-Origin", granted);
    c.res.headers.append("Vary", "Origin");
    return undefined;
  };
}

function preflightHeaders(granted: string, allow: "GET" | "POST"): Record<string, string> {
  return {
    "Access-Control-Allow-Origin": granted,
    "Access-Control-Allow-Methods": allow,
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": remembered,
  };
}

/** What to answer as allowed origin: `*` where anybody may, the origin itself where it is listed, null where it is not. */
export function grant(newsletters: readonly Newsletter[], origin: string | undefined): string | null {
  const shown = newsletters.filter(({ status }) => status !== "hidden");
  if (shown.some(({ origins }) => origins.length === 0)) return "*";
  return origin !== undefined && shown.some(({ origins }) => origins.includes(origin)) ? origin : null;
}
