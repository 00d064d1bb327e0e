import type { Context } from "hono";
import type { AppContext } from "../context.ts";
import { readInstance } from "../instance/find.ts";
import { type Texts, textsFor } from "../mail/texts.ts";
import { findNewsletter, type Newsletter } from "../newsletter/find.ts";
import type { Fields } from "./body.ts";
import { framedForm, framedNote, isFramed } from "./embed.ts";
import type { Env } from "./env.ts";
import { crowded, inMinutes } from "./gate.ts";
import { formHeaders } from "./headers.ts";
import { page } from "./page.ts";
import { passedOn } from "./passed-on.ts";
import { isJson } from "./problem.ts";
import { explainRefusal, type Refusal } from "./refusal.ts";
import { blank, type Entry, hubView, newsletterPage } from "./view.ts";

/** What came with a form that is refused. */
export interface RefusedForm {
  readonly fields: Fields;
  readonly email: string;
  readonly newsletters: readonly string[];
  readonly language: string;
  /** The words of the form. */
  readonly say: Texts;
}

/** The form again, where it stood and as it was filled in, with the fault where it is (422). */
export async function refusedForm(
  ctx: AppContext,
  c: Context<Env>,
  sent: RefusedForm,
  refusal: Refusal,
): Promise<Response> {
  const { fields, email, newsletters, language, say } = sent;
  const fault = faultOf(refusal);
  const message = explainRefusal(refusal, say);
  const entry: Entry = { email: email.slice(0, 254), chosen: newsletters, fault, message };
  const framed = await framedIn(ctx, fields);
  if (framed !== null) return framedForm(ctx, c, framed, { entry, fields, status: 422 });
  // Nothing else of ours may stand in a frame, whoever has made it (SEC-13): the words alone.
  if (isFramed(c)) {
    const text = fault === "bad-newsletters" ? say("embed.gone") : message;
    return framedNote(ctx, c, { heading: say("problem.422.heading"), text, language, status: 422 });
  }
  const told = passedOn((name) => fields.one(name));
  const own = fault === "address" ? await ownPage(ctx, fields, newsletters) : null;
  const answer = { kind: "answer", status: 422, canonical: null, headers: formHeaders(ctx) } as const;
  if (own !== null) return page(ctx, c, { ...answer, ...(await newsletterPage(ctx, own, entry, told)) });
  const data = await hubView(ctx, entry, language, told);
  return page(ctx, c, { ...answer, template: "hub", data, language });
}

/**
 * What a network over its limit is told (429). In a frame the form is there again, as it was filled in, since no other page of ours
 * may be framed (SEC-13); `null`, before it was read, brings the words alone.
 */
export async function crowdedForm(
  ctx: AppContext,
  c: Context<Env>,
  seconds: number,
  sent: RefusedForm | null,
): Promise<Response> {
  const headers = { "Retry-After": String(seconds) };
  const framed = sent === null || isJson(c) ? null : await framedIn(ctx, sent.fields);
  if (sent !== null && framed !== null) {
    const { fields, say } = sent;
    const entry: Entry = { ...blank, email: sent.email.slice(0, 254) };
    const notice = say("embed.wait", { count: inMinutes(seconds) });
    return framedForm(ctx, c, framed, { entry, fields, notice, status: 429, headers });
  }
  if (!isFramed(c)) return crowded(ctx, c, seconds, sent?.say);
  const say = sent?.say ?? textsFor(ctx.templates, (await readInstance(ctx)).language);
  const text = say("guard.wait", { count: inMinutes(seconds) });
  return framedNote(ctx, c, { heading: say("guard.crowded"), text, language: say.language, status: 429, headers });
}

/** The newsletter in whose frame the form stood; null for any other form. */
async function framedIn(ctx: AppContext, fields: Fields): Promise<Newsletter | null> {
  const slug = fields.one("frame").slice(0, 100);
  const found = slug === "" ? null : await findNewsletter(ctx, slug);
  return found?.status === "hidden" ? null : found;
}

/** The newsletter whose page can show the form: the only one that was asked for, unless the form was the hub's. */
async function ownPage(ctx: AppContext, fields: Fields, newsletters: readonly string[]) {
  const [only, ...others] = new Set(newsletters);
  if (only === undefined || others.length > 0 || fields.one("form") === "hub") return null;
  const found = await findNewsletter(ctx, only);
  return found?.status === "open" ? found : null;
}

function faultOf(refusal: Refusal): Exclude<Entry["fault"], null> {
  if (refusal.outcome === "bad-address") return "address";
  return refusal.outcome === "none-chosen" ? "none-chosen" : "bad-newsletters";
}
