import type { AppContext } from "../context.ts";
import type { OwnTexts } from "../mail/texts.ts";
import { createMemory } from "../memory.ts";
import { findNewsletter } from "../newsletter/find.ts";
import { ownTexts } from "../newsletter/texts.ts";
import type { Fields } from "./body.ts";
import { readConsent } from "./consent.ts";
import { formLanguage, usualLanguage } from "./refusal.ts";

/** What a form said: its language, and the words of consent that stood beside it (LAW-01). */
export interface Spoken {
  readonly language: string;
  /** The same where pages about these newsletters would speak another by themselves, so that they must be told; else null. */
  readonly tell: string | null;
  readonly wording: string;
  /** The own words of the one newsletter that the form is for. */
  readonly own: OwnTexts;
}

/** What forms said, by kind of form, and until when that is believed. */
const spoken = createMemory<AppContext, { said: Spoken; until: number }>(200);

/** Forms were shown earlier than they come back, so that what was true a second ago is as good. */
const fresh = 1_000;

/**
 * What the form said that these fields came by; looked up about once a second for each kind of form. Only what has come is shared: on
 * Workers no request may wait for what another one reads.
 */
export async function readSpoken(ctx: AppContext, fields: Fields, slugs: readonly string[]): Promise<Spoken> {
  const key = JSON.stringify([fields.one("lang").slice(0, 40), [...new Set(slugs)].slice(0, 20)]);
  const now = ctx.clock();
  const known = spoken.get(ctx, key);
  if (known !== undefined && now < known.until && now >= known.until - fresh) return known.said;
  const said = await look(ctx, fields, slugs);
  spoken.set(ctx, key, { said, until: now + fresh });
  return said;
}

async function look(ctx: AppContext, fields: Fields, slugs: readonly string[]): Promise<Spoken> {
  const language = await formLanguage(ctx, fields, slugs);
  const tell = language === (await usualLanguage(ctx, slugs)) ? null : language;
  return {
    language,
    tell,
    wording: (await readConsent(ctx, language)).wording,
    own: await ownOf(ctx, slugs, language),
  };
}

/** None of a newsletter that is hidden: it is as unknown as one that never was. */
async function ownOf(ctx: AppContext, slugs: readonly string[], language: string): Promise<OwnTexts> {
  const [only, ...others] = new Set(slugs);
  const found = only === undefined || others.length > 0 ? null : await findNewsletter(ctx, only);
  return found === null || found.status === "hidden" ? {} : ownTexts(ctx, found.id, language);
}
