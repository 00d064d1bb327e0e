import { type Context, Hono } from "hono";
import type { AppContext } from "../context.ts";
import { findNewsletter } from "../newsletter/find.ts";
import { type SubscribeResult, subscribe } from "../subscription/subscribe.ts";
import { type Body, type Fields, readBody } from "./body.ts";
import { type Env, wantsJson } from "./env.ts";
import { pageHeaders } from "./headers.ts";
import { basePath, page } from "./page.ts";
import { jsonProblem, problem } from "./problem.ts";
import { type Entry, hubView, newsletterPage, readConsent } from "./view.ts";

/** What every well-formed sign-up is told, whoever asked (I7). */
const sent = "Thank you. A mail is on its way to this address: please open it and confirm.";

const refusals = { "too-large": 413, unreadable: 400, unsupported: 415 } as const;

type Refusal = Exclude<SubscribeResult, { outcome: "sent" }>;

/** The one gate for sign-ups from forms and programs (DOI-24). */
export function subscribeRoutes(ctx: AppContext) {
  return new Hono<Env>().post("/subscribe", async (c) => {
    const body = await readBody(c);
    if (!("fields" in body)) return problem(ctx, c, refusals[body.kind]);
    const { fields } = body;
    const asked = {
      email: fields.one("email"),
      newsletters: [...fields.all("newsletter"), ...fields.all("newsletters")],
      name: fields.one("name"),
    };
    const source = { form: fields.one("form") || null, page: c.req.header("referer") ?? null };
    const { wording } = await readConsent(ctx);
    const result = await subscribe(ctx, { ...asked, wording, source });
    if (result.outcome !== "sent") {
      return isForProgram(c, body) ? refuseProgram(ctx, c, result) : refuseForm(ctx, c, fields, asked, result);
    }
    const headers = pageHeaders(ctx, "answer");
    if (isForProgram(c, body)) return c.json({ status: "sent", message: sent }, 202, headers);
    return c.body(null, 303, { ...headers, Location: `${basePath(ctx)}/thanks` });
  });
}

function isForProgram(c: Context<Env>, body: Body): boolean {
  return body.kind === "json" || wantsJson(c);
}

/** The form again, as it was filled in, with the fault where it is. */
async function refuseForm(
  ctx: AppContext,
  c: Context<Env>,
  fields: Fields,
  asked: { email: string; newsletters: string[] },
  result: Refusal,
): Promise<Response> {
  const fault = result.outcome === "bad-address" ? "address" : result.outcome;
  const entry: Entry = { email: asked.email.slice(0, 254), chosen: asked.newsletters, fault, message: explain(result) };
  const slug = /^n\/([a-z0-9-]+)$/.exec(fields.one("form"))?.[1];
  const newsletter = slug === undefined || fault !== "address" ? null : await findNewsletter(ctx, slug);
  const answer = { kind: "answer", status: 422, canonical: null } as const;
  if (newsletter !== null) return page(ctx, c, { ...answer, ...(await newsletterPage(ctx, newsletter, entry)) });
  return page(ctx, c, { ...answer, template: "hub", data: await hubView(ctx, entry) });
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
  }
}
