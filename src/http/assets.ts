import { Hono } from "hono";
import type { AppContext } from "../context.ts";
import type { Env } from "./env.ts";
import { problem } from "./problem.ts";

const forEver = "public, max-age=31536000, immutable";
const askAgain = "public, no-cache";

/** Style sheet, icon and pictures. An address that carries the content's tag may be kept for ever. */
export function assetRoutes(ctx: AppContext) {
  return new Hono<Env>().get("/assets/:path{.+}", async (c) => {
    const asset = await ctx.assets.read(c.req.param("path"));
    if (asset === null) return problem(ctx, c, 404);
    const tag = `"${asset.tag}"`;
    const headers = {
      "Content-Type": asset.type,
      "Cache-Control": c.req.query("v") === asset.tag ? forEver : askAgain,
      ETag: tag,
      "X-Content-Type-Options": "nosniff",
      // Pictures of newsletters are shown in web mail too; an SVG opened by itself gets no script.
      "Cross-Origin-Resource-Policy": "cross-origin",
      "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    };
    const known = (c.req.header("if-none-match") ?? "").split(",").map((entry) => entry.trim().replace(/^W\//, ""));
    return known.includes(tag) ? c.body(null, 304, headers) : c.body(asset.body, 200, headers);
  });
}
