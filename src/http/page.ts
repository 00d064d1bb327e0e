import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "../context.ts";
import { type Instance, readInstance } from "../instance/find.ts";
import { directionOf } from "../mail/language.ts";
import { render } from "../mail/liquid.ts";
import { sourceLanguage, speakable } from "../mail/texts.ts";
import { ownTexts } from "../newsletter/texts.ts";
import type { Env } from "./env.ts";
import { type PageKind, pageHeaders } from "./headers.ts";

/** One page to answer with: a template of templates/page, what it prints, and how it may be kept. */
export interface Page {
  /** File name without folder and ending. */
  readonly template: string;
  readonly data: object;
  readonly kind: PageKind;
  readonly status?: ContentfulStatusCode;
  /** Path of the one address that search engines keep; null keeps the page out of them. */
  readonly canonical: string | null;
  /** Path of what its social card leads to; that of `canonical` unless given. */
  readonly card?: string | null;
  /** Address of the picture on social cards. */
  readonly picture?: string | null;
  /** Language tag of its words; the instance's unless given. */
  readonly language?: string;
  /** Id of the one newsletter that it is about, whose own words come first. */
  readonly about?: number;
  readonly headers?: Record<string, string>;
}

/** Answers with a whole page. The frame's data (site, base, style, …) is added here. */
export async function page(ctx: AppContext, c: Context<Env>, wanted: Page): Promise<Response> {
  const html = await renderPage(ctx, wanted);
  return c.html(html, wanted.status ?? 200, { ...pageHeaders(ctx, wanted.kind), ...wanted.headers });
}

/** The HTML of a page; throws `misconfigured` without an instance record, TemplateError for a broken template. */
export async function renderPage(ctx: AppContext, wanted: Page): Promise<string> {
  const frame = await frameOf(ctx, wanted);
  return render(ctx.templates, `page/${wanted.template}.html.liquid`, { ...frame, ...wanted.data });
}

async function frameOf(ctx: AppContext, wanted: Page): Promise<object> {
  const { canonical, card = canonical } = wanted;
  const instance = await readInstance(ctx);
  const language = speakable(ctx.templates, wanted.language ?? instance.language) ?? sourceLanguage;
  return {
    language,
    direction: directionOf(language),
    own: wanted.about === undefined ? {} : await ownTexts(ctx, wanted.about, language),
    site: siteOf(instance),
    base: basePath(ctx),
    style: await assetUrl(ctx, "style.css"),
    icon: await assetUrl(ctx, "icon.svg"),
    canonical: absolute(ctx, canonical),
    card: absolute(ctx, card),
    noindex: canonical === null,
    picture: absolute(ctx, wanted.picture ?? null),
  };
}

/** The instance as pages print it. */
export function siteOf(instance: Instance) {
  return {
    name: instance.site || instance.operator || "Newsletters",
    operator: instance.operator || instance.site || "this site",
    postalAddress: instance.postalAddress.split(/\r?\n/).filter((line) => line.trim() !== ""),
    privacyUrl: instance.privacyUrl || null,
    contact: instance.contact || null,
  };
}

/** The path under which the public address puts us, without a slash at the end; never taken from a request (I9). */
export function basePath(ctx: AppContext): string {
  return new URL(ctx.config.publicUrl).pathname.replace(/\/+$/, "");
}

/** Where an asset is; its content's tag is part of the address, so that it may be kept for ever. */
async function assetUrl(ctx: AppContext, path: string): Promise<string> {
  const tag = await tagOf(ctx, path);
  return `${basePath(ctx)}/assets/${path}${tag === null ? "" : `?v=${encodeURIComponent(tag)}`}`;
}

const tags = new WeakMap<AppContext, Map<string, { tag: string | null; until: number }>>();

/** Looked up once a second at most, since reading an asset costs more than the page that names it. */
async function tagOf(ctx: AppContext, path: string): Promise<string | null> {
  const known = tags.get(ctx) ?? new Map<string, { tag: string | null; until: number }>();
  tags.set(ctx, known);
  const kept = known.get(path);
  if (kept !== undefined && ctx.clock() < kept.until) return kept.tag;
  const tag = (await ctx.assets.read(path))?.tag ?? null;
  known.set(path, { tag, until: ctx.clock() + 1_000 });
  return tag;
}

/** A picture's address for use inside a page: own assets get the base path. */
export function pictureUrl(ctx: AppContext, image: string | null): string | null {
  return image?.startsWith("/") ? `${basePath(ctx)}${image}` : image;
}

function absolute(ctx: AppContext, url: string | null): string | null {
  return url?.startsWith("/") ? `${ctx.config.publicUrl}${url}` : url;
}
