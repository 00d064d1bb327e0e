import type { Context } from "hono";
import type { Newsletter } from "../newsletter/find.ts";

/** What an edge hands over with a request; nothing in calls from inside the process. */
export interface Env {
  Bindings: {
    readonly incoming?: { readonly socket?: { readonly remoteAddress?: string | undefined } };
    /** Who asks, where the platform itself knows; null: it does not. No header is believed then. */
    readonly client?: string | null;
    /** Counts a sign-up from a network address where the platform does so; false where there are too many. */
    readonly admit?: (network: string) => Promise<boolean>;
  };
  Variables: {
    /** All newsletters, where this request has looked them up already. */
    newsletters?: readonly Newsletter[];
  };
}

/** The address of whoever holds the other end of the socket, or null when there is none. */
export function peerOf(c: { readonly env?: Env["Bindings"] | undefined }): string | null {
  return c.env?.incoming?.socket?.remoteAddress ?? null;
}

/** False where the platform has counted too many sign-ups from this network. */
export async function isAdmitted(c: { readonly env?: Env["Bindings"] | undefined }, network: string): Promise<boolean> {
  return (await c.env?.admit?.(network)) ?? true;
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
