import { type Context, Hono } from "hono";
import type { AppContext } from "../context.ts";
import { type DisownResult, disown, disownForGood, viewDisown } from "../subscription/disown.ts";
import { voiceOfConfirm } from "../subscription/find.ts";
import type { Env } from "./env.ts";
import { tokenOf, tokenPage, unknownLink, withSlash } from "./token-page.ts";

/** Where the page stands: before the press, after it, and after "never again". */
type Step = "ask" | "done" | "never";

/** Pages behind "this was not me" in a confirmation mail. GET asks, POST does: scanners open every link (I1, DOI-07). */
export function notMeRoutes(ctx: AppContext) {
  return new Hono<Env>()
    .on("GET", withSlash("/confirm/:token/not-me"), async (c) => {
      return show(ctx, c, "ask", await viewDisown(ctx, tokenOf(c)));
    })
    .on("POST", withSlash("/confirm/:token/not-me"), async (c) => {
      return show(ctx, c, "done", await disown(ctx, { token: tokenOf(c) }));
    })
    .on("POST", withSlash("/confirm/:token/not-me/never"), async (c) => {
      return show(ctx, c, "never", await disownForGood(ctx, { token: tokenOf(c) }));
    });
}

async function show(ctx: AppContext, c: Context<Env>, step: Step, result: DisownResult): Promise<Response> {
  if (result.outcome === "unknown") return unknownLink(ctx, c, "confirm");
  const known = result.outcome === "known" ? result : { address: "", newsletters: [] };
  const { address, newsletters } = known;
  const state = result.outcome === "gone" ? "gone" : step;
  const token = tokenOf(c);
  const data = { state, address, newsletters, token: encodeURIComponent(token) };
  return tokenPage(ctx, c, "not-me", data, await voiceOfConfirm(ctx, token));
}
