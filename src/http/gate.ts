import type { Context } from "hono";
import type { AppContext } from "../context.ts";
import { sourceLanguage, textsFor } from "../mail/texts.ts";
import { readProof } from "../subscription/challenge.ts";
import { crowdedFor } from "../subscription/crowds.ts";
import type { Visit } from "../subscription/visit.ts";
import type { Fields } from "./body.ts";
import { networkOf } from "./client.ts";
import { type Env, isAdmitted } from "./env.ts";
import { guardField, isHurried } from "./form-guard.ts";
import { problem } from "./problem.ts";

/**
 * The refusal of a network that is over its limit by the platform's own count, or although it was vouched for, before its body is
 * read: a flood must cost as little as it can (SEC-16). Null: it may go on.
 */
export async function turnAway(ctx: AppContext, c: Context<Env>): Promise<Response | null> {
  const network = networkOf(ctx.config, c);
  if (!(await isAdmitted(c, network))) return crowded(ctx, c, 60);
  const seconds = crowdedFor(ctx, network, true);
  return seconds === null ? null : crowded(ctx, c, seconds);
}

/** Who asks by this form or program (DOI-24); the verbs decide inside their commit. Reads no database. */
export function readVisit(ctx: AppContext, c: Context<Env>, fields: Fields): Visit {
  return {
    network: networkOf(ctx.config, c),
    origin: c.req.header("origin") ?? null,
    trapped: fields.one(guardField.trap).trim() !== "",
    hurried: isHurried(ctx, fields),
    proof: readProof(ctx, fields.one(guardField.proof)),
    vouched: false,
  };
}

/** The one refusal that a network gets: it speaks of no address, and a household or an office shares one, so it accuses nobody. */
export function crowded(
  ctx: AppContext,
  c: Context<Env>,
  seconds: number,
  language: string = sourceLanguage,
): Promise<Response> {
  const t = textsFor(ctx.templates, language);
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  return problem(ctx, c, 429, {
    heading: t("guard.crowded"),
    message: t("guard.wait", { count: minutes }),
    headers: { "Retry-After": String(seconds) },
  });
}
