import type { Context } from "hono";
import type { AppContext } from "../context.ts";
import type { Env } from "./env.ts";
import { pageHeaders } from "./headers.ts";
import { basePath, type Page, page } from "./page.ts";
import { blank, hubView } from "./view.ts";

/** A page whose address holds a reader's key: kept by nobody, and loading nothing from elsewhere (DOI-10). */
export function tokenPage(
  ctx: AppContext,
  c: Context<Env>,
  template: string,
  data: object,
  how: { status?: Page["status"]; language?: string | null; about?: number } = {},
): Promise<Response> {
  const { status = 200, language, about = 0 } = how;
  const spoken = language === null || language === undefined ? {} : { language };
  return page(ctx, c, {
    template,
    data,
    kind: "token",
    status,
    canonical: null,
    ...spoken,
    ...(about === 0 ? {} : { about }),
  });
}

/** The same page for forged, cut and foreign tokens: no hint of what exists. */
export async function unknownLink(
  ctx: AppContext,
  c: Context<Env>,
  kind: "confirm" | "leave" | "preferences",
): Promise<Response> {
  const hub = await hubView(ctx, blank);
  // A page behind a link loads nothing from elsewhere (SEC-12), and pictures may be there: it goes without any.
  const groups = hub.groups.map((group) => ({
    ...group,
    newsletters: group.newsletters.map((newsletter) => ({ ...newsletter, image: null, square: null })),
  }));
  return tokenPage(ctx, c, "unknown", { kind, ...hub, groups, pictured: false }, { status: 404 });
}

/** To a page whose address holds no token (SEC-12). */
export function seeOther(ctx: AppContext, c: Context<Env>, path: string): Response {
  return c.body(null, 303, { ...pageHeaders(ctx, "token"), Location: `${basePath(ctx)}${path}` });
}

/** Some clients add a slash; answering it in place keeps one-click from ever meeting a redirect. */
export function withSlash(path: string): string[] {
  return [path, `${path}/`];
}

/** The token in the path of a request, as it came. */
export function tokenOf(c: Context<Env>): string {
  return c.req.param("token") ?? "";
}
