import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { type Context, Hono } from "hono";
import type { AppContext } from "../context.ts";
import { isLoopback } from "../networks.ts";
import { readHead } from "../provider/head.ts";
import { type Env, peerOf } from "./env.ts";
import { outboxHeaders } from "./headers.ts";
import { readParts } from "./mail-parts.ts";
import { basePath, page } from "./page.ts";
import { problem } from "./problem.ts";

const perPage = 50;

const views = { html: "HTML", text: "Text", raw: "Raw" } as const;

type View = keyof typeof views;

/** The mails that the outbox keeps; not there at all with another provider. */
export function outboxRoutes(ctx: AppContext) {
  const { keep } = ctx;
  const app = new Hono<Env>();
  if (keep === null) return app;
  return app
    .use("/outbox/*", async (c, next) => (mayRead(ctx, c) ? next() : problem(ctx, c, 403)))
    .get("/outbox", async (c) => {
      const before = c.req.query("before");
      const mails = await keep.list({ limit: perPage, ...(before === undefined ? {} : { before }) });
      const last = mails.length === perPage ? mails.at(-1) : undefined;
      const data = {
        mails: mails.map((mail) => ({ ...mail, date: momentOf(mail.at) })),
        older: last === undefined ? null : `${basePath(ctx)}/outbox${queryOf(c, { before: last.id })}`,
        query: queryOf(c),
      };
      return page(ctx, c, { template: "outbox", data, kind: "token", canonical: null });
    })
    .get("/outbox/:id", async (c) => {
      const id = c.req.param("id");
      const bytes = await keep.read(id);
      if (bytes === null) return problem(ctx, c, 404);
      const asked = c.req.query("view") ?? "html";
      const view: View = asked === "text" || asked === "raw" ? asked : "html";
      const here = `${basePath(ctx)}/outbox/${encodeURIComponent(id)}`;
      const data = {
        mail: { id, ...readHead(bytes), date: momentOf(readParts(bytes).date) },
        tabs: Object.entries(views).map(([key, name]) => ({
          name,
          href: `${here}${queryOf(c, { view: key })}`,
          current: key === view,
        })),
        view,
        frame: `${here}/html${queryOf(c)}`,
        source: view === "raw" ? new TextDecoder().decode(bytes) : readParts(bytes).text,
        query: queryOf(c),
      };
      return page(ctx, c, { template: "mail", data, kind: "token", canonical: null, headers: outboxHeaders.page });
    })
    .get("/outbox/:id/html", async (c) => {
      const bytes = await keep.read(c.req.param("id"));
      if (bytes === null) return problem(ctx, c, 404);
      // A sandboxed frame may not leave itself, so links open beside it, as in a mail program.
      const html = readParts(bytes).html.replace(/<head\b[^>]*>/i, '$&<base target="_blank">');
      return c.html(html, 200, outboxHeaders.mail);
    });
}

/**
 * From this machine itself, or with the read token. A proxy on this machine is a loopback peer too, so a public address
 * behind one, forwarding headers or a foreign Host (DNS rebinding) leave only the token.
 */
function mayRead(ctx: AppContext, c: Context<Env>): boolean {
  const { outboxToken, publicUrl } = ctx.config;
  const given = c.req.query("token") ?? /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (outboxToken !== null && given !== undefined && isSame(given, outboxToken)) return true;
  const forwarded = ["forwarded", "x-forwarded-for", "x-real-ip", "via"].some(
    (name) => c.req.header(name) !== undefined,
  );
  return !forwarded && isLoopback(publicUrl) && isLoopback(c.req.url) && isLoopbackPeer(peerOf(c));
}

function isLoopbackPeer(peer: string | null): boolean {
  return peer !== null && /^(?:(?:::ffff:)?127(?:\.\d{1,3}){3}|::1)$/i.test(peer);
}

/** Compares digests of equal length, in constant time (SEC-18). */
function isSame(given: string, wanted: string): boolean {
  const a = sha256(utf8ToBytes(given));
  const b = sha256(utf8ToBytes(wanted));
  return a.reduce((difference, byte, at) => difference | (byte ^ (b[at] ?? 0)), 0) === 0;
}

/** Keeps the read token while one clicks through. */
function queryOf(c: Context<Env>, more: Record<string, string> = {}): string {
  const token = c.req.query("token");
  const query = new URLSearchParams({ ...more, ...(token === undefined ? {} : { token }) }).toString();
  return query === "" ? "" : `?${query}`;
}

function momentOf(at: number): { iso: string; words: string } {
  const words = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "medium", timeZone: "UTC" }).format(
    at,
  );
  return { iso: new Date(at).toISOString(), words: `${words} UTC` };
}
