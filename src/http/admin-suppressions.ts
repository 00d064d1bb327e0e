import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { addSuppression, addSuppressionSchema } from "../suppression/add.ts";
import { listSuppressions } from "../suppression/find.ts";
import { removeSuppression, removeSuppressionSchema } from "../suppression/remove.ts";
import { type AdminEnv, type Guard, refuseMisfit } from "./guard.ts";
import { answer, body, id, limit, nextPage, time } from "./route.ts";

const suppression = z
  .object({
    id: z.int(),
    address: z.string().nullable().meta({ description: "Null where only a keyed hash is kept, after an erasure" }),
    newsletter: z.string().nullable().meta({ description: "Null: all of them" }),
    reason: z.string(),
    origin: z.string(),
    at: time,
    until: time.nullable().meta({ description: "When it ends by itself; null: never" }),
  })
  .meta({ id: "Suppression" });

/** Addresses that must not be mailed. */
export function suppressionRoutes(ctx: AppContext, guard: Guard) {
  const list = createRoute({
    method: "get",
    path: "/suppressions",
    summary: "Suppressions, newest first",
    ...guard("read"),
    request: { query: z.object({ before: id.optional(), limit }) },
    responses: {
      200: answer("A page of them", z.object({ suppressions: z.array(suppression), next: z.int().nullable() })),
    },
  });
  const add = createRoute({
    method: "post",
    path: "/suppressions",
    summary: "Suppress an address, everywhere or for one newsletter",
    ...guard("write"),
    request: { body: body(addSuppressionSchema) },
    responses: { 200: answer("Whether that is new", z.object({ added: z.boolean() })) },
  });
  const remove = createRoute({
    method: "post",
    path: "/suppressions/remove",
    summary: "Let an address be mailed again",
    ...guard("write"),
    request: { body: body(removeSuppressionSchema) },
    responses: { 200: answer("It is done", z.object({ removed: z.literal(true) })) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(list, async (c) => {
      const { before, limit: most } = c.req.valid("query");
      const suppressions = await listSuppressions(ctx, { before, limit: most });
      return c.json({ suppressions, next: nextPage(suppressions, most) }, 200);
    })
    .openapi(add, async (c) => c.json(await addSuppression(ctx, c.req.valid("json")), 200))
    .openapi(remove, async (c) => {
      await removeSuppression(ctx, c.req.valid("json"));
      return c.json({ removed: true as const }, 200);
    });
}
