import type { Context } from "hono";

/** What the Node edge hands over with a request; absent on Workers and in calls from inside the process. */
export interface Env {
  Bindings: { readonly incoming?: { readonly socket?: { readonly remoteAddress?: string | undefined } } };
}

/** The address of whoever holds the other end of the socket, or null when there is none. */
export function peerOf(c: { readonly env?: Env["Bindings"] | undefined }): string | null {
  return c.env?.incoming?.socket?.remoteAddress ?? null;
}

/** True when the client asked for JSON and not for a page. */
export function wantsJson(c: Context<Env>): boolean {
  const accept = c.req.header("accept") ?? "";
  return /\bapplication\/(?:[\w.-]+\+)?json\b/i.test(accept) && !/\btext\/html\b/i.test(accept);
}

/** The bare content type of a request, lower case; empty when there is none. */
export function mediaType(c: Context<Env>): string {
  return (c.req.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
