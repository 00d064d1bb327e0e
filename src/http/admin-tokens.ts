import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { grantSchema, grantToken } from "../instance/grant.ts";
import { revokeToken } from "../instance/revoke.ts";
import { listTokens, scopes } from "../instance/tokens.ts";
import { type AdminEnv, type Guard, refuseMisfit } from "./guard.ts";
import { answer, body, id, time } from "./route.ts";

const token = z
  .object({
    id: z.int(),
    name: z.string(),
    scopes: z.array(z.enum(scopes)),
    createdAt: time,
    lastUsedAt: time.nullable(),
    revokedAt: time.nullable(),
  })
  .meta({ id: "Token" });

/** Who may use this API. */
export function adminTokenRoutes(ctx: AppContext, guard: Guard) {
  const list = createRoute({
    method: "get",
    path: "/tokens",
    summary: "Admin tokens without their secrets, revoked ones included",
    ...guard("read"),
    responses: { 200: answer("The tokens", z.object({ tokens: z.array(token) })) },
  });
  const create = createRoute({
    method: "post",
    path: "/tokens",
    summary: "Make an admin token, with no scope that the caller's own lacks",
    ...guard("write"),
    request: { body: body(grantSchema) },
    responses: {
      201: answer(
        "The token; its secret is told this once",
        z.object({ id: z.int(), secret: z.string().meta({ description: "Kept as a hash alone" }) }),
      ),
    },
  });
  const revoke = createRoute({
    method: "post",
    path: "/tokens/{id}/revoke",
    summary: "End an admin token at once",
    ...guard("write"),
    request: { params: z.object({ id }) },
    responses: { 200: answer("It is done", z.object({ revoked: z.literal(true) })) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(list, async (c) => c.json({ tokens: await listTokens(ctx) }, 200))
    .openapi(create, async (c) => {
      const asked = c.req.valid("json");
      const lacking = asked.scopes.filter((scope) => !c.get("scopes").includes(scope));
      if (lacking.length > 0) {
        throw new AppError("forbidden", `The admin token cannot hand on what it lacks: ${lacking.join(", ")}.`, {
          field: "scopes",
        });
      }
      return c.json(await grantToken(ctx, asked), 201);
    })
    .openapi(revoke, async (c) => {
      await revokeToken(ctx, { id: c.req.valid("param").id });
      return c.json({ revoked: true as const }, 200);
    });
}
