import type { AppContext } from "../context.ts";

/** Kinds of pages by what they must keep from others: `token` pages carry a reader's key in their URL. */
export type PageKind = "open" | "answer" | "token";

const common = {
  "X-Content-Type-Options": "nosniff",
  // `no-referrer` would turn the Origin of our own forms into "null" (SEC-04).
  "Referrer-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
};

/** Security and caching headers of a page (DOI-10, SEC-02, SEC-13, SEC-26). No kind allows a script. */
export function pageHeaders(ctx: AppContext, kind: PageKind): Record<string, string> {
  if (kind === "token") {
    return {
      ...common,
      "Cache-Control": "no-store",
      "X-Robots-Tag": "noindex",
      "Content-Security-Policy": policy("'self'"),
    };
  }
  // Newsletters may name pictures on other hosts; plain http only where we are on plain http ourselves.
  const pictures = ctx.config.publicUrl.startsWith("http:") ? "'self' https: http:" : "'self' https:";
  return {
    ...common,
    "Cache-Control": kind === "open" ? "no-cache" : "no-store",
    "Content-Security-Policy": policy(pictures),
  };
}

function policy(pictures: string): string {
  return [
    "default-src 'none'",
    "style-src 'self'",
    `img-src ${pictures}`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");
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
