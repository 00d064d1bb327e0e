import type { AppContext } from "../context.ts";
import type { Fields } from "./body.ts";

/** Names of the form's fields that nobody fills in by hand. */
export const guardField = {
  /** No browser fills this in by itself, and no person sees it (DOI-25). */
  trap: "subject_2",
  seen: "seen",
  proof: "altcha",
  turnstile: "cf-turnstile-response",
} as const;

/** What a form's hidden fields hold: the trap's name, the signed time of rendering, the signed words of a consent that it shows. */
export function formGuardFields(ctx: AppContext, wording: string | null = null) {
  return { trap: guardField.trap, seen: stamp(ctx, Math.floor(ctx.clock() / 1_000)), wording };
}

/** Nobody types an address and presses a button in less, in ms. */
const leastAge = 2_000;

/** Whether a form came back faster than people type, or under a forged time; a form without a time, or an old one, says nothing. */
export function isHurried(ctx: AppContext, fields: Fields): boolean {
  const seen = fields.one(guardField.seen);
  if (seen === "") return false;
  const [, seconds = ""] = /^(\d{10})\.[0-9a-f]{32}$/.exec(seen) ?? [];
  if (seconds === "" || !ctx.signer.keyIds.some((id) => stamp(ctx, Number(seconds), id) === seen)) return true;
  // However old: such a page was left open in a tab, or comes out of a cache.
  return ctx.clock() - Number(seconds) * 1_000 < leastAge;
}

function stamp(ctx: AppContext, seconds: number, keyId = ctx.signer.currentKey): string {
  return `${seconds}.${ctx.signer.keyedHash("gate", `seen:${seconds}`, keyId).slice(0, 32)}`;
}
