import type { AppContext } from "../context.ts";
import type { Fields } from "./body.ts";
import { readConsent } from "./consent.ts";
import { formLanguage } from "./refusal.ts";

/** What a form said: its language, and the words of consent that stood beside it (LAW-01). */
export interface Spoken {
  readonly language: string;
  readonly wording: string;
}

const spoken = new WeakMap<AppContext, Map<string, { said: Promise<Spoken>; until: number }>>();

/** Forms were shown earlier than they come back, so that what was true a second ago is as good. */
const fresh = 1_000;

const mostForms = 200;

/** What the form said that these fields came by; looked up once a second at most for each kind of form. */
export function readSpoken(ctx: AppContext, fields: Fields, slugs: readonly string[]): Promise<Spoken> {
  const key = JSON.stringify([fields.one("lang").slice(0, 40), [...new Set(slugs)].slice(0, 20)]);
  const held = spoken.get(ctx) ?? new Map<string, { said: Promise<Spoken>; until: number }>();
  spoken.set(ctx, held);
  const now = ctx.clock();
  const known = held.get(key);
  if (known !== undefined && now < known.until && now >= known.until - fresh) return known.said;
  const said = look(ctx, fields, slugs);
  if (held.size >= mostForms) held.clear();
  held.set(key, { said, until: now + fresh });
  // What cannot be read is looked for again by whoever comes next.
  said.catch(() => held.delete(key));
  return said;
}

async function look(ctx: AppContext, fields: Fields, slugs: readonly string[]): Promise<Spoken> {
  const language = await formLanguage(ctx, fields, slugs);
  return { language, wording: (await readConsent(ctx, language)).wording };
}
