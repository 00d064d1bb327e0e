import { type Context, Hono } from "hono";
import type { AppContext } from "../context.ts";
import { type Texts, textsFor } from "../mail/texts.ts";
import { mostChosen, subscribe } from "../subscription/subscribe.ts";
import { type Body, type Fields, readBody } from "./body.ts";
import { shownWording } from "./consent.ts";
import { type Env, wantsJson } from "./env.ts";
import { readVisit, turnAway } from "./gate.ts";
import { pageHeaders } from "./headers.ts";
import { landing } from "./landing.ts";
import { jsonProblem, problem } from "./problem.ts";
import { explainRefusal, type Refusal } from "./refusal.ts";
import { crowdedForm, refusedForm } from "./refused-form.ts";
import { readSpoken } from "./spoken.ts";
import { vouch } from "./turnstile.ts";

const refusals = { "too-large": 413, unreadable: 400, unsupported: 415 } as const;

/** Beyond these nothing is a typing error: the verb takes them for a bug of whoever calls it. */
const longest = { address: 1_000, slug: 100 } as const;

interface Asked {
  readonly email: string;
  readonly newsletters: string[];
  readonly name: string;
}

/** The one gate for sign-ups from forms and programs (DOI-24). */
export function subscribeRoutes(ctx: AppContext) {
  return new Hono<Env>().post("/subscribe", async (c) => {
    const away = await turnAway(ctx, c, (seconds) => crowdedForm(ctx, c, seconds, null));
    if (away !== null) return away;
    const body = await readBody(c);
    if (!("fields" in body)) return problem(ctx, c, refusals[body.kind]);
    const { fields } = body;
    const asked = readAsked(fields);
    const spoken = await readSpoken(ctx, fields, asked.newsletters);
    const given = {
      ...asked,
      wording: await shownWording(ctx, fields, spoken.wording),
      source: sourceOf(c, fields),
      visit: await vouch(ctx, c, fields, readVisit(ctx, c, fields), asked.newsletters),
    };
    const result = refuseAbsurd(asked) ?? (await subscribe(ctx, given));
    const { language } = spoken;
    // The hub speaks for all newsletters, whatever was ticked there.
    const own = fields.one("form") === "hub" ? {} : spoken.own;
    const sent = { ctx, c, body, fields, asked, language, say: () => textsFor(ctx.templates, language, own) };
    switch (result.outcome) {
      case "sent":
        return thank(sent);
      case "crowded":
        return crowdedForm(ctx, c, result.seconds, { ...asked, fields, language, say: sent.say() });
      default:
        return isForProgram(sent)
          ? refuseProgram(sent, result)
          : refusedForm(ctx, c, { ...asked, fields, language, say: sent.say() }, result);
    }
  });
}

/** A sign-up that was read. */
interface Sent {
  readonly ctx: AppContext;
  readonly c: Context<Env>;
  readonly body: Body;
  readonly fields: Fields;
  readonly asked: Asked;
  readonly language: string;
  /** The words for the answer, which most of them do not need. */
  say(): Texts;
}

/** What every well-formed sign-up is told, whoever asked (I7). */
async function thank({ ctx, c, fields, asked, say, ...sent }: Sent): Promise<Response> {
  const headers = pageHeaders(ctx, "answer");
  if (isForProgram({ c, ...sent })) return c.json({ status: "sent", message: say()("signup.sent") }, 202, headers);
  return c.body(null, 303, { ...headers, Location: await landing(ctx, fields, asked.newsletters) });
}

function sourceOf(c: Context<Env>, fields: Fields) {
  return {
    ...Object.fromEntries(placing.map((name) => [name, fields.one(name)])),
    form: fields.one("form") || null,
    page: fields.one("page") || (c.req.header("referer") ?? null),
    referrer: fields.one("referrer") || null,
  };
}

/** Where on a page a form stood, and what led there; kept with the subscription. */
const placing = ["position", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"] as const;

/** A slug is cut to a length that no newsletter's has, so that it is as unknown as before. */
function readAsked(fields: Fields): Asked {
  const slugs = [...fields.all("newsletter"), ...fields.all("newsletters")].map((slug) => slug.slice(0, longest.slug));
  return { email: fields.one("email").trim(), newsletters: slugs, name: fields.one("name") };
}

function refuseAbsurd(asked: Asked): Refusal | null {
  if (asked.email.length > longest.address) return { outcome: "bad-address", fault: "too-long" };
  return asked.newsletters.length > mostChosen ? { outcome: "too-many" } : null;
}

function isForProgram({ c, body }: Pick<Sent, "c" | "body">): boolean {
  return body.kind === "json" || wantsJson(c);
}

/** The words are for readers; which newsletters are at fault is told apart, by their slugs. */
function refuseProgram({ ctx, c, say }: Sent, result: Refusal): Response {
  const field = result.outcome === "bad-address" ? "email" : "newsletters";
  const named = result.outcome === "bad-newsletters" ? { newsletters: result.slugs } : {};
  return jsonProblem(ctx, c, 422, { field, message: explainRefusal(result, say()), ...named });
}
