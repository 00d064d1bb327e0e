import { OpenAPIHono } from "@hono/zod-openapi";
import type { AppContext } from "../context.ts";
import { errorCodes } from "../errors.ts";
import { abuseRoutes } from "./admin-abuse.ts";
import { embedAdminRoutes } from "./admin-embed.ts";
import { goodbyeRoutes } from "./admin-goodbyes.ts";
import { instanceRoutes } from "./admin-instance.ts";
import { draftRoutes, issueRoutes, noticeRoutes } from "./admin-issues.ts";
import { newsletterRoutes } from "./admin-newsletters.ts";
import { releaseRoutes, scheduleRoutes } from "./admin-schedule.ts";
import { doubtRoutes, proofRoutes, steeringRoutes } from "./admin-steering.ts";
import { subscriberRoutes } from "./admin-subscribers.ts";
import { suppressionRoutes } from "./admin-suppressions.ts";
import { textRoutes } from "./admin-texts.ts";
import { adminTokenRoutes } from "./admin-tokens.ts";
import { freightRoutes, transferRoutes } from "./admin-transfer.ts";
import { type AdminEnv, type AdminOptions, adminHeaders, createGuard, refuseMisfit } from "./guard.ts";

/** The admin API, one chain, so that its type is the typed client's. Mounted below /api. */
export function adminRoutes(ctx: AppContext, options: AdminOptions = {}) {
  const guard = createGuard(ctx, options);
  const app = new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit });
  app.use("*", async (c, next) => {
    for (const [name, value] of Object.entries(adminHeaders)) c.header(name, value);
    await next();
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  const routes = app
    .route("/", newsletterRoutes(ctx, guard))
    .route("/", embedAdminRoutes(ctx, guard))
    .route("/", textRoutes(ctx, guard))
    .route("/", goodbyeRoutes(ctx, guard))
    .route("/", subscriberRoutes(ctx, guard))
    .route("/", suppressionRoutes(ctx, guard))
    .route("/", draftRoutes(ctx, guard))
    .route("/", issueRoutes(ctx, guard))
    .route("/", scheduleRoutes(ctx, guard))
    .route("/", steeringRoutes(ctx, guard))
    .route("/", doubtRoutes(ctx, guard))
    .route("/", proofRoutes(ctx, guard))
    .route("/", noticeRoutes(ctx, guard))
    .route("/", adminTokenRoutes(ctx, guard))
    .route("/", instanceRoutes(ctx, guard))
    .route("/", releaseRoutes(ctx, guard))
    .route("/", abuseRoutes(ctx, guard))
    .route("/", transferRoutes(ctx, guard))
    .route("/", freightRoutes(ctx, guard));
  const document = describeApi(app, `${ctx.config.publicUrl}/api`);
  // Public: it holds nothing that the source code does not, and tools fetch it without a token.
  routes.get("/openapi.json", (c) => c.json(document()));
  return routes;
}

/** The OpenAPI 3.1 document, made at the first request for it; every route's refusals are added here in their one shape. */
function describeApi(app: OpenAPIHono<AdminEnv>, url: string): () => object {
  let made: object | null = null;
  return () => {
    if (made !== null) return made;
    const document = app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: "Tidings",
        version: "1",
        description: "Newsletters, subscribers and issues. Times are milliseconds since 1970, UTC.",
      },
      servers: [{ url }],
    });
    for (const path of Object.values(document.paths ?? {})) {
      for (const operation of [path.get, path.put, path.post, path.patch, path.delete]) {
        if (operation === undefined) continue;
        operation.responses = { ...operation.responses, default: { $ref: "#/components/responses/Refusal" } };
      }
    }
    made = { ...document, components: { ...document.components, responses: { Refusal: refusal } } };
    return made;
  };
}

const refusal = {
  description: "Refused: 401 without a valid token, 403 without the scope, otherwise by code",
  content: {
    "application/json": {
      schema: {
        type: "object",
        required: ["error"],
        properties: {
          error: {
            type: "object",
            required: ["code", "message"],
            properties: {
              code: { type: "string", enum: [...errorCodes] },
              message: { type: "string" },
              field: { type: "string", description: "What is at fault" },
              hint: { type: "string", description: "What to do about it" },
              faults: { type: "array", items: {}, description: "Everything found at the same time" },
            },
          },
        },
      },
    },
  },
};
