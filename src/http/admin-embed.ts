import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { embedSnippets } from "./embed-view.ts";
import { type AdminEnv, type Guard, refuseMisfit } from "./guard.ts";
import { answer } from "./route.ts";

const embedQuery = z.object({
  and: z.string().max(2_000).optional().meta({ description: "Further newsletters in the same form, parted by commas" }),
  form: z.string().max(100).optional().meta({ description: "What sign-ups name as their form" }),
  lang: z.string().max(35).optional().meta({ description: "Language tag of the form; the newsletter's unless given" }),
});

const snippets = z.object({
  form: z.string().meta({ description: "Plain HTML that needs no script" }),
  element: z.string().meta({ description: "The custom element, with the plain form inside" }),
  frame: z.string().nullable(),
});

/** Forms for other sites. */
export function embedAdminRoutes(ctx: AppContext, guard: Guard) {
  const embed = createRoute({
    method: "get",
    path: "/newsletters/{slug}/embed",
    summary: "Sign-up forms for pages of other sites, ready to paste",
    ...guard("read"),
    request: { params: z.object({ slug: z.string() }), query: embedQuery },
    responses: { 200: answer("The forms; a frame is for one newsletter alone", snippets) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit }).openapi(embed, async (c) => {
    const { and = "", form, lang } = c.req.valid("query");
    const slugs = [c.req.valid("param").slug, ...and.split(",").filter((slug) => slug !== "")];
    return c.json(await embedSnippets(ctx, { slugs, form, language: lang }), 200);
  });
}
