import type { AppContext } from "../context.ts";
import { readInstance } from "../instance/find.ts";
import type { AddressFault } from "../mail/address.ts";
import { sourceLanguage, speakable, type Texts } from "../mail/texts.ts";
import { listNewsletters } from "../newsletter/find.ts";
import type { PolicyFault } from "../subscription/policy.ts";
import { mostChosen } from "../subscription/subscribe.ts";
import type { Fields } from "./body.ts";

/** A sign-up that cannot be taken, since it was not filled in as it must be. */
export type Refusal =
  | { readonly outcome: "bad-address"; readonly fault: AddressFault | PolicyFault }
  | { readonly outcome: "bad-newsletters"; readonly slugs: readonly string[] }
  | { readonly outcome: "none-chosen" | "too-many" };

/** What is wrong, in the words of the form. */
export function explainRefusal(refusal: Refusal, say: Texts): string {
  switch (refusal.outcome) {
    case "bad-address":
      return say(`signup.fault.${refusal.fault}`);
    case "bad-newsletters":
      return say("signup.fault.bad-newsletters");
    case "none-chosen":
      return say("signup.fault.none-chosen");
    case "too-many":
      return say("signup.fault.too-many", { most: mostChosen });
  }
}

/** The language that a form spoke: the one it names, if pages know it, else that of pages about these newsletters. */
export async function formLanguage(ctx: AppContext, fields: Fields, slugs: readonly string[]): Promise<string> {
  const named = fields.one("lang");
  return speakable(ctx.templates, named.length <= 35 ? named : "") ?? usualLanguage(ctx, slugs);
}

/** The language of pages about these newsletters: that which they share, else the instance's. */
export async function usualLanguage(ctx: AppContext, slugs: readonly string[]): Promise<string> {
  return speakable(ctx.templates, await sharedTag(ctx, slugs)) ?? sourceLanguage;
}

async function sharedTag(ctx: AppContext, slugs: readonly string[]): Promise<string> {
  const chosen = (await listNewsletters(ctx)).filter(({ slug }) => slugs.includes(slug));
  const [tag, ...others] = new Set(chosen.map(({ language }) => language));
  return tag !== undefined && others.length === 0 ? tag : (await readInstance(ctx)).language;
}
