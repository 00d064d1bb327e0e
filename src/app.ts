import { Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { AppContext } from "./context.ts";
import { AppError } from "./errors.ts";
import { adminRoutes } from "./http/admin.ts";
import type { Env } from "./http/env.ts";
import { type AdminOptions, adminFailure, adminRefusal, adminWrongMethod } from "./http/guard.ts";
import { healthRoutes } from "./http/health.ts";
import { failure, notFound, wrongMethod } from "./http/problem.ts";
import { publicRoutes } from "./http/public.ts";
import { webhookRoutes } from "./http/webhooks.ts";

/** The whole application over one context; every edge serves this. */
export function createApp(ctx: AppContext, options: AdminOptions = {}) {
  const app = new Hono<Env>();
  const missing = notFound(ctx);
  const refuseMethod = wrongMethod(ctx);
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, allowed) => (isApi(c.req.path) ? adminWrongMethod(c, allowed) : refuseMethod(c, allowed)),
    }),
  );
  app.notFound((c) =>
    isApi(c.req.path) ? adminRefusal(c, new AppError("not-found", "The API has no such address.")) : missing(c),
  );
  app.onError((error, c) => (isApi(c.req.path) ? adminFailure(ctx, c, error) : failure(ctx, c, error)));
  return app
    .route("/", healthRoutes(ctx))
    .route("/", publicRoutes(ctx))
    .route("/", webhookRoutes(ctx))
    .route("/api", adminRoutes(ctx, options));
}

/** What the typed client is made of. */
export type AppType = ReturnType<typeof createApp>;

function isApi(path: string): boolean {
  return path === "/api" || path.startsWith("/api/");
}
