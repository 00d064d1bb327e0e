import type { AppContext } from "../context.ts";

/** Kinds of pages by what they must keep from others: `token` pages carry a reader's key in their URL. */
export type PageKind = "open" | "answer" | "token";

const common = {
  "X-Content-Type-Options": "nosniff",
  // `no-referrer` would turn the Origin of our own forms into "null" (SEC-04).
  "Referrer-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
};

/** Security and caching headers of a page (DOI-10, SEC-02, SEC-13, SEC-26). No kind by itself allows a script. */
export function pageHeaders(ctx: AppContext, kind: PageKind): Record<string, string> {
  if (kind === "token") {
    return {
      ...common,
      "Cache-Control": "no-store",
      "X-Robots-Tag": "noindex",
      "Content-Security-Policy": policy("'self'"),
    };
  }
  return {
    ...common,
    "Cache-Control": kind === "open" ? "no-cache" : "no-store",
    "Content-Security-Policy": policy(picturesOf(ctx)),
  };
}

/** Newsletters may name pictures on other hosts; plain http only where we are on plain http ourselves. */
function picturesOf(ctx: AppContext): string {
  return ctx.config.publicUrl.startsWith("http:") ? "'self' https: http:" : "'self' https:";
}

function policy(pictures: string, more: { scripts?: boolean; ancestors?: string } = {}): string {
  return [
    "default-src 'none'",
    ...(more.scripts ? ["script-src 'self'", "connect-src 'self'"] : []),
    "style-src 'self'",
    `img-src ${pictures}`,
    "form-action 'self'",
    `frame-ancestors ${more.ancestors ?? "'none'"}`,
    "base-uri 'none'",
  ].join("; ");
}

/** Of open pages with a sign-up form: our own script may help with it, and nothing else may run. */
export function formHeaders(ctx: AppContext): Record<string, string> {
  return { "Content-Security-Policy": policy(picturesOf(ctx), { scripts: true }) };
}

/** A sandbox without scripts also holds back what no policy names, such as a refresh; links and the form work as ever. */
const sandbox =
  "sandbox allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-top-navigation allow-downloads";

/** Of an issue, the one page with a text that others have written (SEC-02). */
export function copyHeaders(ctx: AppContext): Record<string, string> {
  return { "Content-Security-Policy": `${policy(picturesOf(ctx))}; ${sandbox}` };
}

/** Of the framed form: the sites that a newsletter names may frame it, any where it names none (SEC-13). */
export function frameHeaders(ctx: AppContext, origins: readonly string[]): Record<string, string> {
  const ancestors = origins.length === 0 ? "*" : ["'self'", ...origins].join(" ");
  return { "Content-Security-Policy": policy(picturesOf(ctx), { scripts: true, ancestors }) };
}

/** Of the outbox: the page frames the mail, and the mail inside is cut off from the page and from scripts (SEC-02). */
export const outboxHeaders = {
  page: {
    "Content-Security-Policy":
      "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  },
  mail: {
    ...common,
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy":
      "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: http:; form-action 'none'; frame-ancestors 'self'",
  },
};
