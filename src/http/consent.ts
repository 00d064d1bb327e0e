import type { AppContext } from "../context.ts";
import { readInstance } from "../instance/find.ts";
import { render } from "../mail/liquid.ts";
import { sourceLanguage, speakable, textsFor } from "../mail/texts.ts";
import { keptWording, wordingId } from "../subscription/wording.ts";
import type { Fields } from "./body.ts";
import { siteOf } from "./page.ts";

/** What a reader agrees to: `html` as forms show it, `parts` the same for programs, `wording` as text, kept as proof (LAW-01). */
export interface Consent {
  /** Of its words; one that pages can speak. */
  readonly language: string;
  readonly html: string;
  readonly wording: string;
  readonly parts: readonly (string | { readonly text: string; readonly href: string })[];
}

/**
 * A wording as forms carry it: signed, so that the very words come back and are believed, whatever has changed
 * meanwhile. Nothing need be kept when a form is shown or printed: no GET writes (I1).
 */
export function signedWording(ctx: AppContext, wording: string): string {
  return `${markOf(ctx, wording)}.${wording}`;
}

/**
 * The wording that a form has shown: the one that it carries, if we have signed it or a sign-up has kept it, else the present one.
 * Forms that were pasted elsewhere long ago still show what they were printed with (LAW-01).
 */
export async function shownWording(ctx: AppContext, fields: Fields, present: string): Promise<string> {
  const [, mark = "", words = ""] = /^([0-9a-f]{32})\.(.+)$/s.exec(fields.one("wording")) ?? [];
  // Forms printed by earlier versions name their words by their hash alone.
  const id = words === "" ? fields.one("wording") : wordingId(words);
  if (words === present || id === "" || id === wordingId(present)) return present;
  if (words !== "" && ctx.signer.keyIds.some((key) => markOf(ctx, words, key) === mark)) return words;
  // What a sign-up has kept outlives the key that signed it.
  return (await keptWording(ctx, id)) ?? present;
}

function markOf(ctx: AppContext, wording: string, keyId = ctx.signer.currentKey): string {
  return ctx.signer.keyedHash("gate", `wording:${wording}`, keyId).slice(0, 32);
}

/** Who asks for the consent. */
type Asker = Parameters<typeof siteOf>[0];

/** The consent sentence in a language that pages can speak; in the instance's unless a tag is given. */
export async function readConsent(ctx: AppContext, tag?: string): Promise<Consent> {
  const instance = await readInstance(ctx);
  return consentOf(ctx, instance, tag ?? instance.language);
}

const path = "page/consent.html.liquid";
const kept = new WeakMap<AppContext, Map<string, { key: string; consent: Consent }>>();

/** Every sign-up needs it, and it hardly ever changes: it is made anew only when its template, its texts or its names have changed. */
function consentOf(ctx: AppContext, asker: Asker, tag: string): Consent {
  const { operator, privacyUrl } = siteOf(asker);
  const language = speakable(ctx.templates, tag) ?? sourceLanguage;
  const say = textsFor(ctx.templates, language);
  const texts = [
    say("signup.consent", { operator: "" }),
    say("signup.privacy", { link: "" }),
    say("signup.privacy-link"),
  ];
  const key = JSON.stringify([operator, privacyUrl, ctx.templates.read(path), texts]);
  const known = kept.get(ctx) ?? new Map<string, { key: string; consent: Consent }>();
  kept.set(ctx, known);
  const last = known.get(language);
  if (last?.key === key) return last.consent;
  const html = render(ctx.templates, path, { operator, privacyUrl, language }).trim();
  const consent = { language, html, wording: textOf(html), parts: partsOf(html) };
  known.set(language, { key, consent });
  return consent;
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#34": '"', "#39": "'", nbsp: " " };
const anchor = /(<a\b[^>]*\bhref=(["'])(.*?)\2[^>]*>.*?<\/a>)/s;

/** The words of a fragment, with each link's address behind its words. */
function textOf(html: string): string {
  return bare(html.replace(/<a\b[^>]*\bhref=(["'])(.*?)\1[^>]*>(.*?)<\/a>/gs, "$3 ($2)")).trim();
}

/** The same in pieces, links apart: a page that takes them needs no HTML parser, and no trust. */
function partsOf(html: string): Consent["parts"] {
  const parts: (string | { text: string; href: string })[] = [];
  const pieces = html.split(anchor);
  // Between two texts stand what the pattern caught: the whole anchor, its quotation mark, its address.
  for (let at = 0; at < pieces.length; at += 4) {
    const [text = "", whole, , href = ""] = pieces.slice(at, at + 4);
    if (text !== "") parts.push(bare(text));
    if (whole !== undefined) parts.push({ text: bare(whole).trim(), href: bare(href) });
  }
  return parts;
}

function bare(html: string): string {
  return html
    .replace(/<[^>]*>/g, "")
    .replace(/&(\w+|#\d+);/g, (whole, name: string) => entities[name] ?? whole)
    .replace(/\s+/g, " ");
}
