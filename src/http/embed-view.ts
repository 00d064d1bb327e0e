import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { directionOf } from "../mail/language.ts";
import { render } from "../mail/liquid.ts";
import { requireSpeakable, speakable, type Texts, textsFor } from "../mail/texts.ts";
import { type Newsletter, requireNewsletter } from "../newsletter/find.ts";
import { ownTexts } from "../newsletter/texts.ts";
import { mostChosen } from "../subscription/subscribe.ts";
import { readConsent, signedWording } from "./consent.ts";
import { embedStyles } from "./embed-script.ts";
import { pageLanguage } from "./view.ts";

/** What the custom element shows: whole texts, ready to print, in one language. */
export async function embedConfig(ctx: AppContext, newsletters: readonly Newsletter[], tag?: string) {
  const open = newsletters.filter(({ status }) => status === "open");
  const shared = languageOf(open.length > 0 ? open : newsletters);
  const language = await pageLanguage(ctx, speakable(ctx.templates, tag ?? "") ?? shared);
  const say = await wordsFor(ctx, newsletters, language);
  const [only] = open.length === 1 ? open : [];
  const consent = await readConsent(ctx, language);
  const texts = Object.fromEntries(Object.entries(spoken).map(([name, key]) => [name, say(key)]));
  return {
    language,
    direction: directionOf(language),
    heading: headingOf(open.length > 0 ? open : newsletters, say),
    pitch: only?.pitch ?? "",
    newsletters: open.map(({ slug, name, pitch, language: lang }) => ({ slug, name, pitch, lang })),
    closed: open.length > 0 ? null : closedParts(ctx, newsletters, say),
    consent: consent.parts,
    wording: signedWording(ctx, consent.wording),
    texts: { ...texts, hint: say("signup.hint", { address: "{address}" }) },
  };
}

const spoken = {
  email: "signup.email",
  subscribe: "signup.button",
  choose: "embed.choose",
  sending: "embed.sending",
  failed: "embed.failed",
  sent: "embed.sent",
  check: "embed.check",
  empty: "signup.fault.empty",
  none: "signup.fault.none-chosen",
} as const;

/** One newsletter's form stands under its name, a form for several under a common one. */
function headingOf(newsletters: readonly Newsletter[], say: Texts): string {
  const [first, ...others] = newsletters;
  return first !== undefined && others.length === 0 ? first.name : say("embed.heading");
}

/** The texts of a form; a newsletter's own words come first where the form is for it alone. */
async function wordsFor(ctx: AppContext, newsletters: readonly Newsletter[], language: string): Promise<Texts> {
  const [only] = newsletters.length === 1 ? newsletters : [];
  return textsFor(ctx.templates, language, only === undefined ? {} : await ownTexts(ctx, only.id, language));
}

function languageOf(newsletters: readonly Newsletter[]): string | undefined {
  const [first] = newsletters;
  return newsletters.every(({ language }) => language === first?.language) ? first?.language : undefined;
}

/** Why there is no form, with a way on; the link apart, as in the consent. */
function closedParts(ctx: AppContext, newsletters: readonly Newsletter[], say: Texts) {
  const [only] = newsletters.length === 1 ? newsletters : [];
  const key = only === undefined ? "embed.none-open" : only.status === "paused" ? "embed.paused" : "embed.closed";
  const name = only?.name ?? "";
  // A sign that no name holds stands where the link goes.
  const [before = "", after = ""] = say(key, { name, link: "\u0000" }).split("\u0000");
  const link = { text: say("embed.others"), href: `${ctx.config.publicUrl}/` };
  return [before, link, after].filter((part) => part !== "");
}

/** Ready to paste into a page of another site. */
export interface Snippets {
  /** Plain HTML that needs no script. */
  readonly form: string;
  /** The custom element, with the plain form inside. */
  readonly element: string;
  /** A frame whose height follows its content; null for several newsletters. */
  readonly frame: string | null;
}

/** The three embeds for these newsletters; throws `not-found`, `invalid` for an unknown language, and `conflict` for one that is not open. */
export async function embedSnippets(
  ctx: AppContext,
  asked: { slugs: readonly string[]; form?: string | undefined; language?: string | undefined },
): Promise<Snippets> {
  const newsletters = await Promise.all(fewEnough(asked.slugs).map((slug) => requireNewsletter(ctx, slug)));
  if (asked.language !== undefined && asked.language !== "") requireSpeakable(ctx.templates, asked.language);
  const shut = newsletters.find(({ status }) => status !== "open");
  if (shut !== undefined) {
    throw new AppError("conflict", `${shut.slug} is ${shut.status}: a form for it would take nobody.`, {
      hint: `Open it first: tidings newsletter edit ${shut.slug} --status open`,
    });
  }
  const config = await embedConfig(ctx, newsletters, asked.language);
  const { language, direction, heading, pitch, wording } = config;
  const { html: consent } = await readConsent(ctx, language);
  const [only] = newsletters.length === 1 ? newsletters : [];
  const own = only === undefined ? {} : await ownTexts(ctx, only.id, language);
  const url = ctx.config.publicUrl;
  const query = new URLSearchParams(Object.entries({ form: asked.form ?? "", lang: asked.language ?? "" }));
  for (const name of ["form", "lang"]) if (query.get(name) === "") query.delete(name);
  const told = {
    ...{ language, direction, own, heading, pitch, consent, wording, url },
    newsletters: config.newsletters,
    slugs: newsletters.map(({ slug }) => slug).join(" "),
    script: `${url}/embed.js`,
    address: only === undefined ? "" : `${url}/embed/${only.slug}${query.size === 0 ? "" : `?${query}`}`,
    // What was asked for; an element tells its form by an attribute of its own.
    ...{ form: asked.form ?? null, lang: asked.language ?? null },
  };
  const print = (name: string, more: object = {}) =>
    tidy(render(ctx.templates, `embed/${name}.html.liquid`, { ...told, ...more }));
  const style = print("style", { css: await embedStyles(ctx) });
  const form = (id: string) => print("form", { form: asked.form ?? id });
  return {
    form: `${style}\n${form("form")}`,
    element: `${style}\n${print("element", { fallback: indent(form("element")) })}`,
    frame: only === undefined ? null : print("frame"),
  };
}

/** The gate takes no more at a time, and the element shows no more. */
function fewEnough(slugs: readonly string[]): string[] {
  const few = [...new Set(slugs)];
  if (few.length <= mostChosen) return few;
  const message = `A form is for ${mostChosen} newsletters at most, and these are ${few.length}.`;
  throw new AppError("invalid", message, { field: "and", hint: "The hub has them all: link to it." });
}

function tidy(html: string): string {
  return html.trim().replace(/\n[ \t]*(?=\n)/g, "");
}

function indent(html: string): string {
  return html.replace(/^(?=.)/gm, "  ");
}
