import type { Context } from "hono";
import type { AppContext } from "../context.ts";
import { readInstance } from "../instance/find.ts";
import { sourceLanguage, speakable, type Texts, textsFor } from "../mail/texts.ts";
import { readProof } from "../subscription/challenge.ts";
import { crowdedFor } from "../subscription/crowds.ts";
import type { Visit } from "../subscription/visit.ts";
import type { Fields } from "./body.ts";
import { networkOf } from "./client.ts";
import { type Env, isAdmitted } from "./env.ts";
import { guardField, isHurried } from "./form-guard.ts";
import { isJson, problem } from "./problem.ts";

/**
 * The refusal of a network that is over its limit by the platform's own count, or although it was vouched for, before its body is
 * read: a flood must cost as little as it can (SEC-16). Null: it may go on. `refuse` answers in another way.
 */
export async function turnAway(
  ctx: AppContext,
  c: Context<Env>,
  refuse: (seconds: number) => Promise<Response> = (seconds) => crowded(ctx, c, seconds),
): Promise<Response | null> {
  const network = networkOf(ctx.config, c);
  if (!(await isAdmitted(c, network))) return refuse(60);
  const seconds = crowdedFor(ctx, network, true);
  return seconds === null ? null : refuse(seconds);
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
export async function crowded(ctx: AppContext, c: Context<Env>, seconds: number, spoken?: Texts): Promise<Response> {
  const say = spoken ?? textsFor(ctx.templates, await languageOf(ctx, c));
  return problem(ctx, c, 429, {
    heading: say("guard.crowded"),
    // A page stands in the place of the form; who asks by script still has it.
    message: say(isJson(c) ? "embed.wait" : "guard.wait", { count: inMinutes(seconds) }),
    headers: { "Retry-After": String(seconds) },
    language: say.language,
  });
}

/** Seconds as they are told to people: whole minutes, at least one. */
export function inMinutes(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / 60));
}

/** The language of a refusal before anything is read: a script asks for that of its form, and pages speak the instance's. */
async function languageOf(ctx: AppContext, c: Context<Env>): Promise<string> {
  if (!isJson(c)) return (await readInstance(ctx)).language;
  const [wished = ""] = (c.req.header("accept-language") ?? "").split(/[,;]/, 1);
  return speakable(ctx.templates, wished.trim()) ?? sourceLanguage;
}
