import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { listGoodbyes } from "../subscription/goodbye.ts";
import { type AdminEnv, type Guard, refuseMisfit } from "./guard.ts";
import { answer, limit, time } from "./route.ts";

const goodbyes = z
  .object({
    total: z.int().meta({ description: "Readers who gave a reason" }),
    reasons: z.array(z.object({ reason: z.string(), n: z.int() })).meta({ description: "Commonest first" }),
    notes: z
      .array(z.object({ at: time.meta({ description: "The day, ms UTC" }), reason: z.string(), note: z.string() }))
      .meta({ description: "Newest first" }),
  })
  .meta({ id: "Goodbyes" });

/** Why readers have left a newsletter; names nobody. */
export function goodbyeRoutes(ctx: AppContext, guard: Guard) {
  const list = createRoute({
    method: "get",
    path: "/newsletters/{slug}/reasons",
    summary: "Why readers have left a newsletter",
    ...guard("read"),
    request: {
      params: z.object({ slug: z.string() }),
      query: z.object({ since: z.coerce.number<string>().int().min(0).default(0), limit }),
    },
    responses: { 200: answer("Reasons and notes", goodbyes) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit }).openapi(list, async (c) => {
    const { slug } = c.req.valid("param");
    return c.json(await listGoodbyes(ctx, { newsletter: slug, ...c.req.valid("query") }), 200);
  });
}
