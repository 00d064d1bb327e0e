import { type Context, Hono } from "hono";
import type { AppContext } from "../context.ts";
import { readInstance } from "../instance/find.ts";
import { speakable, textsFor } from "../mail/texts.ts";
import { findNewsletter, listNewsletters, type Newsletter } from "../newsletter/find.ts";
import { mostChosen } from "../subscription/subscribe.ts";
import type { Fields } from "./body.ts";
import { grant } from "./cors.ts";
import { embedScript, scriptUrl } from "./embed-script.ts";
import { embedConfig } from "./embed-view.ts";
import type { Env } from "./env.ts";
import { tagged } from "./etag.ts";
import { frameHeaders } from "./headers.ts";
import { page } from "./page.ts";
import { passedOn } from "./passed-on.ts";
import { isJson, jsonProblem, problem } from "./problem.ts";
import { blank, type Entry, formView, newsletterView, pageLanguage } from "./view.ts";

/** Forms on other sites: their script, what it shows, and the page inside a frame. */
export function embedRoutes(ctx: AppContext) {
  return new Hono<Env>()
    .get("/embed.js", async (c) => {
      const { text, tag } = await embedScript(ctx);
      return tagged(c, text, scriptHeaders(c.req.query("v") === tag));
    })
    .get("/embed.json", (c) => config(ctx, c))
    .on("GET", ["/embed/:slug", "/embed/:slug/"], (c) => frame(ctx, c, "form"))
    .on("GET", ["/embed/:slug/thanks", "/embed/:slug/thanks/"], (c) => frame(ctx, c, "thanks"));
}

/** Pages of any site load it, also with `crossorigin` and an integrity hash. A fault in it is mended within minutes. */
function scriptHeaders(forEver: boolean): Record<string, string> {
  return {
    "Content-Type": "text/javascript; charset=utf-8",
    "Cache-Control": forEver
      ? "public, max-age=31536000, immutable"
      : "public, max-age=300, stale-while-revalidate=86400",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
  };
}

async function config(ctx: AppContext, c: Context<Env>): Promise<Response> {
  const slugs = [...new Set(c.req.queries("n") ?? [])];
  const open = { headers: { "Access-Control-Allow-Origin": "*" } };
  // The form inside the tag stays, and shows them all.
  if (slugs.length > mostChosen) {
    const message = `A form is for ${mostChosen} newsletters at most.`;
    return jsonProblem(ctx, c, 422, { field: "n", message, ...open });
  }
  const known = await listNewsletters(ctx);
  const newsletters = slugs.flatMap((slug) => known.find((one) => one.slug === slug && one.status !== "hidden") ?? []);
  if (newsletters.length === 0) return jsonProblem(ctx, c, 404, { field: "n", ...open });
  // Who may read it follows from the newsletters shown: all of them must allow it.
  const grants = newsletters.map((newsletter) => grant([newsletter], c.req.header("origin")));
  const granted = grants.includes(null) ? null : (grants.find((one) => one !== "*") ?? "*");
  return tagged(c, JSON.stringify(await embedConfig(ctx, newsletters, c.req.query("lang"))), {
    "Content-Type": "application/json",
    "Cache-Control": "public, max-age=60",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
    Vary: "Origin",
    ...(granted === null ? {} : { "Access-Control-Allow-Origin": granted }),
  });
}

async function frame(ctx: AppContext, c: Context<Env>, state: "form" | "thanks"): Promise<Response> {
  const newsletter = await findNewsletter(ctx, c.req.param("slug") ?? "");
  if (newsletter === null || newsletter.status === "hidden") return framedGone(ctx, c);
  const read = (name: string) => c.req.query(name) ?? (name === "page" ? (c.req.header("referer") ?? "") : "");
  const form = c.req.query("form") ?? `embed/${newsletter.slug}`;
  return framedPage(ctx, c, newsletter, { state, read, form, language: c.req.query("lang") });
}

/** True where the answer will stand inside a frame, as browsers tell. */
export function isFramed(c: Context<Env>): boolean {
  return c.req.header("sec-fetch-dest") === "iframe";
}

/** Words alone, in the place of a framed form that is not there or not to be had; any site may frame them. */
export async function framedNote(
  ctx: AppContext,
  c: Context<Env>,
  note: {
    heading: string;
    text: string;
    language: string;
    status: 404 | 422 | 429;
    headers?: Record<string, string>;
  },
): Promise<Response> {
  const { status, language, heading, text } = note;
  const headers = { ...frameHeaders(ctx, []), ...note.headers };
  const data = { heading, text, script: await scriptUrl(ctx) };
  return page(ctx, c, { template: "embed-note", data, kind: "answer", status, canonical: null, language, headers });
}

/** A hidden newsletter is as unknown as one that never was. */
async function framedGone(ctx: AppContext, c: Context<Env>): Promise<Response> {
  if (isJson(c)) return problem(ctx, c, 404);
  const language = speakable(ctx.templates, c.req.query("lang") ?? "") ?? (await readInstance(ctx)).language;
  const say = textsFor(ctx.templates, language);
  return framedNote(ctx, c, { heading: say("problem.404.heading"), text: say("embed.gone"), language, status: 404 });
}

/** The page inside a frame again, as it was filled in, with the fault where it is or the notice above. */
export function framedForm(
  ctx: AppContext,
  c: Context<Env>,
  newsletter: Newsletter,
  given: { entry: Entry; fields: Fields; status: 422 | 429; notice?: string; headers?: Record<string, string> },
): Promise<Response> {
  const { fields, ...more } = given;
  const read = (name: string) => fields.one(name);
  const [form, language] = [fields.one("form"), fields.one("lang") || undefined];
  return framedPage(ctx, c, newsletter, { state: "form", read, form, language, ...more });
}

async function framedPage(
  ctx: AppContext,
  c: Context<Env>,
  newsletter: Newsletter,
  shown: {
    state: "form" | "thanks";
    read: (name: string) => string;
    form: string;
    language: string | undefined;
    entry?: Entry;
    notice?: string;
    status?: 422 | 429;
    headers?: Record<string, string>;
  },
): Promise<Response> {
  const language = await pageLanguage(ctx, speakable(ctx.templates, shown.language ?? "") ?? newsletter.language);
  return page(ctx, c, {
    template: "embed",
    data: {
      ...(await formView(ctx, language, passedOn(shown.read))),
      newsletter: newsletterView(ctx, newsletter, language),
      entry: shown.entry ?? blank,
      notice: shown.notice ?? null,
      state: shown.state,
      form: shown.form.slice(0, 100),
    },
    kind: "answer",
    status: shown.status ?? 200,
    canonical: null,
    language,
    about: newsletter.id,
    headers: { ...frameHeaders(ctx, newsletter.origins), ...shown.headers },
  });
}
