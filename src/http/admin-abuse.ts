import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { readAbuse } from "../subscription/abuse.ts";
import { type AdminEnv, type Guard, refuseMisfit } from "./guard.ts";
import { answer, time } from "./route.ts";

const counted = z
  .object({ name: z.string(), n: z.int(), limit: z.int().nullable() })
  .meta({ id: "SignupCount", description: "Sign-ups of the last hour, and their limit" });

const status = z
  .object({
    level: z.enum(["calm", "attack"]),
    challenge: z.enum(["auto", "always", "never"]),
    required: z.boolean().meta({ description: "Whether only a proof of work is answered at once" }),
    lately: z.int().meta({ description: "Sign-ups of the last ten minutes" }),
    usual: z.number().meta({ description: "The same ten minutes, on average of the last seven days" }),
    threshold: z.number().meta({ description: "From so many in ten minutes on it is an attack" }),
    total: counted,
    newsletters: z.array(counted),
    networks: z.array(counted).meta({ description: "Those with the most, by a piece of a keyed hash" }),
    lane: z.object({ waiting: z.int(), endsAt: time.nullable() }).meta({ description: "Mails in the slow lane" }),
    lastDay: z
      .object({
        slow: z.int(),
        flood: z.int(),
        trap: z.int(),
        network: z.int(),
        "cool-down": z.int(),
        suppressed: z.int(),
      })
      .meta({ description: "Sign-ups of the last 24 hours that were not answered at once, by what became of them" }),
  })
  .meta({ id: "AbuseStatus" });

/** What the guard of the forms sees and does. */
export function abuseRoutes(ctx: AppContext, guard: Guard) {
  const show = createRoute({
    method: "get",
    path: "/abuse",
    summary: "How busy the forms are, and what the guard makes of it",
    ...guard("read"),
    responses: { 200: answer("The guard's view", status) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit }).openapi(show, async (c) => {
    const { newsletters, networks, ...rest } = await readAbuse(ctx);
    return c.json({ ...rest, newsletters: [...newsletters], networks: [...networks] }, 200);
  });
}
