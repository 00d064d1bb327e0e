import { Hono } from "hono";
import type { AppContext } from "../context.ts";
import { readInstance } from "../instance/find.ts";
import { makeChallenge } from "../subscription/challenge.ts";
import { isProofWanted } from "../subscription/level.ts";
import { mostChosen } from "../subscription/subscribe.ts";
import { networkOf } from "./client.ts";
import type { Env } from "./env.ts";
import { pageHeaders } from "./headers.ts";
import { jsonProblem } from "./problem.ts";

/** What a form with script asks before it is sent: whether a proof of work is wanted, and which (DOI-26). */
export function challengeRoutes(ctx: AppContext) {
  return new Hono<Env>().get("/subscribe/challenge", async (c) => {
    const slugs = [...new Set(c.req.queries("newsletter") ?? [])];
    // A slug has no other letters: whatever else is named here is no newsletter, and would only make the salt long.
    if (slugs.length === 0 || slugs.length > mostChosen || !slugs.every((slug) => /^[a-z0-9-]{1,100}$/.test(slug))) {
      const message = `Name 1 to ${mostChosen} newsletters, as in ?newsletter=weekly.`;
      return jsonProblem(ctx, c, 422, { field: "newsletter", message });
    }
    const { turnstileSite } = await readInstance(ctx);
    // A widget whose word nobody can check would only be in the way.
    const turnstile = ctx.turnstile === undefined ? null : turnstileSite;
    const required = await isProofWanted(ctx, networkOf(ctx.config, c));
    return c.json({ required, ...makeChallenge(ctx, slugs), turnstile }, 200, pageHeaders(ctx, "answer"));
  });
}
