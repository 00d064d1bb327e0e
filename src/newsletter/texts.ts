import * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { textFault } from "../mail/headers.ts";
import {
  formOf,
  keysOf,
  type OwnTexts,
  ownAreas,
  parametersOf,
  requireSpeakable,
  sourceLanguage,
  speakable,
  type TextForm,
} from "../mail/texts.ts";
import { nearest } from "../nearest.ts";
import { type Newsletter, requireNewsletter } from "./find.ts";

const form = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .max(2_000, "must not be longer than 2000 characters")
  .refine((text) => textFault(text) === null, "must not hold control characters");

export const setTextSchema = z.strictObject({
  key: z.string().max(100),
  /** The newsletter's unless given. */
  language: z.string().max(40).optional(),
  /** One text, or one for each plural form of the language: {"one": …, "few": …}. */
  text: z.union([form, z.record(z.string(), form)]),
});

export type SetTextInput = z.input<typeof setTextSchema>;

/** A newsletter's own text, and what it stands in place of. */
export interface OwnText {
  readonly key: string;
  readonly language: string;
  readonly text: TextForm;
  readonly original: TextForm;
}

/** A newsletter's own words in a language, by their keys. */
export async function ownTexts(ctx: AppContext, newsletter: number, language: string): Promise<OwnTexts> {
  const rows = await ctx.store.db
    .selectFrom("texts")
    .select(["key", "text"])
    .where("newsletter", "=", newsletter)
    .where("language", "=", language)
    .execute();
  return Object.fromEntries(rows.map(({ key, text }) => [key, JSON.parse(text) as TextForm]));
}

/** All own texts of a newsletter, by language and key. Throws `not-found`. */
export async function listOwnTexts(ctx: AppContext, slug: string): Promise<OwnText[]> {
  const { id } = await requireNewsletter(ctx, slug);
  const rows = await ctx.store.db
    .selectFrom("texts")
    .select(["key", "language", "text"])
    .where("newsletter", "=", id)
    .orderBy("language")
    .orderBy("key")
    .execute();
  return rows.map(({ key, language, text }) => ({
    ...{ key, language, text: JSON.parse(text) as TextForm },
    original: formOf(ctx.templates, language, key) ?? "",
  }));
}

/** What is said at a place now, and whether in the newsletter's own words. Throws `invalid`, `not-found`. */
export async function readText(
  ctx: AppContext,
  input: { slug: string; key: string; language?: string | undefined },
): Promise<OwnText & { own: boolean }> {
  const newsletter = await requireNewsletter(ctx, input.slug);
  const language = requireLanguage(ctx, newsletter, input.language);
  const original = requireKey(ctx, language, input.key);
  const own = (await ownTexts(ctx, newsletter.id, language))[input.key];
  return { key: input.key, language, text: own ?? original, original, own: own !== undefined };
}

/** Gives a newsletter a text of its own. Throws `invalid` for an unknown key, parameter or plural form; `not-found`. */
export async function setText(ctx: AppContext, slug: string, input: SetTextInput): Promise<OwnText> {
  const given = parseInput(setTextSchema, input);
  const newsletter = await requireNewsletter(ctx, slug);
  const language = requireLanguage(ctx, newsletter, given.language);
  const original = requireKey(ctx, language, given.key);
  requireFit(language, given.text, original);
  const text = JSON.stringify(given.text);
  await ctx.store.db
    .insertInto("texts")
    .values({ newsletter: newsletter.id, language, key: given.key, text })
    .onConflict((clash) => clash.columns(["newsletter", "language", "key"]).doUpdateSet({ text }))
    .execute();
  return { key: given.key, language, text: given.text, original };
}

/** Takes a newsletter's own text away; says whether there was one. Throws `invalid`, `not-found`. */
export async function resetText(
  ctx: AppContext,
  input: { slug: string; key: string; language?: string | undefined },
): Promise<OwnText & { own: boolean }> {
  const was = await readText(ctx, input);
  const { id } = await requireNewsletter(ctx, input.slug);
  await ctx.store.db
    .deleteFrom("texts")
    .where("newsletter", "=", id)
    .where("language", "=", was.language)
    .where("key", "=", was.key)
    .execute();
  return { ...was, text: was.original };
}

function requireLanguage(ctx: AppContext, newsletter: Newsletter, asked: string | undefined): string {
  if (asked !== undefined) return requireSpeakable(ctx.templates, asked);
  // Where pages and mails fall back to English, so do the words that stand in.
  return speakable(ctx.templates, newsletter.language) ?? sourceLanguage;
}

function requireKey(ctx: AppContext, language: string, key: string): TextForm {
  // The consent is kept as proof of what was agreed to (LAW-01): one sentence for the whole site.
  const isOwn = ownAreas.some((area) => key.startsWith(`${area}.`)) && !/^signup\.(?:consent|privacy)/.test(key);
  const found = isOwn ? formOf(ctx.templates, language, key) : null;
  if (found !== null) return found;
  if (formOf(ctx.templates, language, key) !== null) {
    throw new AppError("invalid", `The text ${key} is not about one newsletter, so none can have its own.`, {
      field: "key",
      hint: "A site changes it for all, by a file of its own: docs/languages.md tells how.",
    });
  }
  const near = nearest(
    key,
    ownAreas.flatMap((area) => keysOf(ctx.templates, area)),
  );
  throw new AppError("invalid", `There is no text "${key}".`, {
    field: "key",
    hint: near === null ? "docs/languages.md lists them." : `Did you mean ${near}?`,
  });
}

function requireFit(language: string, text: TextForm, original: TextForm): void {
  const refuse = (message: string, hint: string): never => {
    throw new AppError("invalid", message, { field: "text", hint });
  };
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  if (typeof original === "string" && typeof text !== "string") {
    refuse("This text has one form alone.", "Give it as one text.");
  }
  if (typeof original !== "string") {
    const given = typeof text === "string" ? [] : Object.keys(text);
    const wrong = given.filter((name) => !(categories as readonly string[]).includes(name));
    const missing = categories.filter((name) => !given.includes(name));
    if (wrong.length + missing.length > 0) {
      refuse(`This text counts, and needs the forms ${categories.join(", ")}.`, "Give one text for each of them.");
    }
  }
  const known = parametersOf(original);
  const unknown = parametersOf(text).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const values = known.map((name) => `{${name}}`).join(", ");
    refuse(
      `The text names {${unknown.join("}, {")}}, which has no value here.`,
      known.length === 0 ? "Write it without braces." : `Known here: ${values}.`,
    );
  }
}
