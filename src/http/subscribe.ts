import { type Context, Hono } from "hono";
import type { AppContext } from "../context.ts";
import { explainAddress } from "../mail/address.ts";
import { findNewsletter } from "../newsletter/find.ts";
import { mostChosen, type SubscribeResult, subscribe } from "../subscription/subscribe.ts";
import { type Body, type Fields, readBody } from "./body.ts";
import { type Env, isAdmitted, wantsJson } from "./env.ts";
import { pageHeaders } from "./headers.ts";
import { basePath, page } from "./page.ts";
import { jsonProblem, type ProblemDetails, problem } from "./problem.ts";
import { type Entry, hubView, newsletterPage, readConsent } from "./view.ts";

/** What every well-formed sign-up is told, whoever asked (I7). */
const sent = "Thank you. A mail is on its way to this address: please open it and confirm.";

const refusals = { "too-large": 413, unreadable: 400, unsupported: 415 } as const;

/** Beyond these nothing is a typing error: the verb takes them for a bug of whoever calls it. */
const longest = { address: 1_000, slug: 100 } as const;

/** A household or an office shares one address, so these words accuse nobody. */
const crowded: ProblemDetails = {
  heading: "One moment, please",
  message:
    "More people than usual have signed up from your network in the last minute. Please wait a minute, go back and send the form once more.",
  headers: { "Retry-After": "60" },
};

type Refusal = Exclude<SubscribeResult, { outcome: "sent" }> | { outcome: "too-many" };

interface Asked {
  readonly email: string;
  readonly newsletters: string[];
  readonly name: string;
}

/** The one gate for sign-ups from forms and programs (DOI-24). */
export function subscribeRoutes(ctx: AppContext) {
  return new Hono<Env>().post("/subscribe", async (c) => {
    // Before the body, so that a flood costs as little as it can (SEC-16).
    if (!(await isAdmitted(c))) return problem(ctx, c, 429, crowded);
    const body = await readBody(c);
    if (!("fields" in body)) return problem(ctx, c, refusals[body.kind]);
    const { fields } = body;
    const asked = readAsked(fields);
    const source = { form: fields.one("form") || null, page: c.req.header("referer") ?? null };
    const { wording } = await readConsent(ctx);
    const result = refuseAbsurd(asked) ?? (await subscribe(ctx, { ...asked, wording, source }));
    if (result.outcome !== "sent") {
      return isForProgram(c, body) ? refuseProgram(ctx, c, result) : refuseForm(ctx, c, fields, asked, result);
    }
    const headers = pageHeaders(ctx, "answer");
    if (isForProgram(c, body)) return c.json({ status: "sent", message: sent }, 202, headers);
    return c.body(null, 303, { ...headers, Location: `${basePath(ctx)}/thanks` });
  });
}

/** A slug is cut to a length that no newsletter's has, so that it is as unknown as before. */
function readAsked(fields: Fields): Asked {
  const slugs = [...fields.all("newsletter"), ...fields.all("newsletters")].map((slug) => slug.slice(0, longest.slug));
  return { email: fields.one("email").trim(), newsletters: slugs, name: fields.one("name") };
}

function refuseAbsurd(asked: Asked): Refusal | null {
  if (asked.email.length > longest.address) {
    return { outcome: "bad-address", fault: "too-long", message: explainAddress("too-long") };
  }
  return asked.newsletters.length > mostChosen ? { outcome: "too-many" } : null;
}

function isForProgram(c: Context<Env>, body: Body): boolean {
  return body.kind === "json" || wantsJson(c);
}

/** The form again, as it was filled in, with the fault where it is. */
async function refuseForm(
  ctx: AppContext,
  c: Context<Env>,
  fields: Fields,
  asked: Asked,
  result: Refusal,
): Promise<Response> {
  const fault = faultOf(result);
  const entry: Entry = { email: asked.email.slice(0, 254), chosen: asked.newsletters, fault, message: explain(result) };
  const slug = /^n\/([a-z0-9-]+)$/.exec(fields.one("form"))?.[1];
  const newsletter = slug === undefined || fault !== "address" ? null : await findNewsletter(ctx, slug);
  const answer = { kind: "answer", status: 422, canonical: null } as const;
  if (newsletter !== null) return page(ctx, c, { ...answer, ...(await newsletterPage(ctx, newsletter, entry)) });
  return page(ctx, c, { ...answer, template: "hub", data: await hubView(ctx, entry) });
}

function faultOf(result: Refusal): Exclude<Entry["fault"], null> {
  if (result.outcome === "bad-address") return "address";
  return result.outcome === "none-chosen" ? "none-chosen" : "bad-newsletters";
}

function refuseProgram(ctx: AppContext, c: Context<Env>, result: Refusal): Response {
  const field = result.outcome === "bad-address" ? "email" : "newsletters";
  const message =
    result.outcome === "bad-newsletters"
      ? `Not open for sign-ups: ${result.slugs.slice(0, 5).join(", ")}.`
      : explain(result);
  return jsonProblem(ctx, c, 422, { field, message });
}

function explain(result: Refusal): string {
  switch (result.outcome) {
    case "bad-address":
      return result.message;
    case "bad-newsletters":
      return "Something you chose takes no new readers any more. This list is up to date: please choose again.";
    case "none-chosen":
      return "Please tick at least one newsletter.";
    case "too-many":
      return `Please tick at most ${mostChosen} newsletters at a time.`;
  }
}
