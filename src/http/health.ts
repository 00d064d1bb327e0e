import { Hono } from "hono";
import type { AppContext } from "../context.ts";
import { readInstance } from "../instance/find.ts";
import type { Env } from "./env.ts";
import { adminHeaders } from "./guard.ts";

/**
 * For load balancers and monitors: 200 while the database answers, otherwise 503. `held` tells a monitor that no mail leaves, and
 * by its kind why; nothing more is said to anybody.
 */
export function healthRoutes(ctx: AppContext) {
  return new Hono<Env>().get("/healthz", async (c) => {
    try {
      const { held } = await readInstance(ctx);
      return c.json({ status: "ok" as const, ...(held === null ? {} : { held: held.kind }) }, 200, adminHeaders);
    } catch (fault) {
      ctx.log.error("unhealthy", { fault: fault instanceof Error ? fault.message : String(fault) });
      return c.json({ status: "unavailable" as const }, 503, adminHeaders);
    }
  });
}
