import type { Context } from "hono";
import type { AppContext } from "../context.ts";
import { findNewsletter } from "../newsletter/find.ts";
import type { Fields } from "./body.ts";
import { framedFault } from "./embed.ts";
import type { Env } from "./env.ts";
import { formHeaders } from "./headers.ts";
import { page } from "./page.ts";
import { passedOn } from "./passed-on.ts";
import { explainRefusal, type Refusal } from "./refusal.ts";
import { type Entry, hubView, newsletterPage } from "./view.ts";

/** What came with a form that is refused. */
export interface RefusedForm {
  readonly fields: Fields;
  readonly email: string;
  readonly newsletters: readonly string[];
  readonly language: string;
}

/** The form again, where it stood and as it was filled in, with the fault where it is (422). */
export async function refusedForm(
  ctx: AppContext,
  c: Context<Env>,
  sent: RefusedForm,
  refusal: Refusal,
): Promise<Response> {
  const { fields, email, newsletters, language } = sent;
  const fault = faultOf(refusal);
  const message = explainRefusal(ctx, refusal, language);
  const entry: Entry = { email: email.slice(0, 254), chosen: newsletters, fault, message };
  const framed = fields.one("frame") === "" ? null : await findNewsletter(ctx, fields.one("frame").slice(0, 100));
  if (framed !== null && framed.status !== "hidden") return framedFault(ctx, c, framed, { entry, fields });
  const told = passedOn((name) => fields.one(name));
  const own = fault === "address" ? await ownPage(ctx, fields, newsletters) : null;
  const answer = { kind: "answer", status: 422, canonical: null, headers: formHeaders(ctx) } as const;
  if (own !== null) return page(ctx, c, { ...answer, ...(await newsletterPage(ctx, own, entry, told)) });
  const data = await hubView(ctx, entry, language, told);
  return page(ctx, c, { ...answer, template: "hub", data, language });
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
