import { type Context, Hono } from "hono";
import type { AppContext } from "../context.ts";
import { textsFor } from "../mail/texts.ts";
import { type AddressView, confirmAddress, type MoveResult, viewAddress } from "../subscription/address.ts";
import { sendLink } from "../subscription/send-link.ts";
import { readBody } from "./body.ts";
import { scriptUrl } from "./embed-script.ts";
import type { Env } from "./env.ts";
import { formGuardFields } from "./form-guard.ts";
import { crowded, readVisit, turnAway } from "./gate.ts";
import { formHeaders, pageHeaders } from "./headers.ts";
import { basePath, page } from "./page.ts";
import { problem } from "./problem.ts";
import { tokenOf, tokenPage, unknownLink, withSlash } from "./token-page.ts";
import { pageLanguage } from "./view.ts";

const refusals = { "too-large": 413, unreadable: 400, unsupported: 415 } as const;

/** "Send me my link", for readers who have no issue at hand, and the page behind the mail to a new address. */
export function linkRoutes(ctx: AppContext) {
  return new Hono<Env>()
    .on("GET", withSlash("/preferences"), (c) => askPage(ctx, c, { fault: null, email: "" }))
    .on("POST", withSlash("/preferences"), async (c) => {
      const refused = await turnAway(ctx, c);
      if (refused !== null) return refused;
      const body = await readBody(c);
      if (!("fields" in body)) return problem(ctx, c, refusals[body.kind]);
      const email = body.fields.one("email").trim().slice(0, 1_000);
      const result = await sendLink(ctx, { email, visit: readVisit(ctx, c, body.fields) });
      switch (result.outcome) {
        case "sent":
          return c.body(null, 303, { ...pageHeaders(ctx, "answer"), Location: `${basePath(ctx)}/preferences/sent` });
        case "crowded":
          return crowded(ctx, c, result.seconds);
        case "bad-address": {
          const say = textsFor(ctx.templates, await pageLanguage(ctx));
          return askPage(ctx, c, { fault: say(`signup.fault.${result.fault}`), email: email.slice(0, 254) });
        }
      }
    })
    .on("GET", withSlash("/preferences/sent"), (c) =>
      page(ctx, c, {
        template: "link",
        data: { state: "sent", fault: null, script: null },
        kind: "answer",
        canonical: null,
      }),
    )
    .on("GET", withSlash("/address/:token"), async (c) => movePage(ctx, c, await viewAddress(ctx, tokenOf(c))))
    .on("POST", withSlash("/address/:token"), async (c) =>
      movePage(ctx, c, await confirmAddress(ctx, { token: tokenOf(c) })),
    );
}

/** Our own script helps here as with a sign-up: under attack, whoever has no proof of work waits (DOI-26). */
async function askPage(
  ctx: AppContext,
  c: Context<Env>,
  entry: { fault: string | null; email: string },
): Promise<Response> {
  const data = { state: "ask", ...entry, guard: formGuardFields(ctx), script: await scriptUrl(ctx) };
  return page(ctx, c, {
    ...{ template: "link", data, kind: "answer", canonical: null, headers: formHeaders(ctx) },
    status: entry.fault === null ? 200 : 422,
  });
}

const moved = { moved: 200, refused: 409, expired: 410, ask: 200 } as const;

async function movePage(ctx: AppContext, c: Context<Env>, result: AddressView | MoveResult): Promise<Response> {
  if (result.outcome === "unknown") return unknownLink(ctx, c, "preferences");
  const { outcome: state } = result;
  const language = await pageLanguage(ctx, "language" in result ? (result.language ?? undefined) : undefined);
  const data = { from: "", to: "", ...result, language, state, token: encodeURIComponent(tokenOf(c)) };
  return tokenPage(ctx, c, "move", data, { status: moved[state], language });
}
