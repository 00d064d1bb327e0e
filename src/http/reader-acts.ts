import type { Context } from "hono";
import type { AppContext } from "../context.ts";
import { textsFor } from "../mail/texts.ts";
import type { ReaderLink } from "../subscription/access.ts";
import { askAddress } from "../subscription/address.ts";
import type { RequestResult } from "../subscription/behind-guard.ts";
import { viewPreferences } from "../subscription/find.ts";
import { askToJoin, joinAtOnce } from "../subscription/join.ts";
import { pause, resume } from "../subscription/pause.ts";
import { leaveFrom } from "../subscription/preferences.ts";
import { editProfile } from "../subscription/profile.ts";
import { sendOwnLink } from "../subscription/send-link.ts";
import { type Fields, readLeniently } from "./body.ts";
import { readConsent } from "./consent.ts";
import type { Env } from "./env.ts";
import { crowded, readVisit, turnAway } from "./gate.ts";
import { pageLanguage } from "./view.ts";

/** What a press on a reader's page has done. */
export type Said =
  /** A newsletter's name; null: all of them. `undo` is the token that takes it back. */
  | { what: "left"; newsletter: string | null; undo: string | null }
  /** `until` in ms UTC. */
  | { what: "paused"; newsletter: string | null; until: number }
  | { what: "resumed"; newsletter: string | null }
  | { what: "joined"; names: string[] }
  /** A mail is on its way: to confirm what is joined, with a fresh link, or to a new address. */
  | { what: "asked" | "link" | "address" | "saved" | "none-chosen" }
  | { what: "bad-address"; email: string; fault: string };

/** Does what a form asks for; null where that is nothing, and the page as it stands says the rest. A Response where it is refused. */
export async function act(ctx: AppContext, c: Context<Env>, link: ReaderLink): Promise<Said | Response | null> {
  const form = await readLeniently(c);
  switch (form.one("do")) {
    case "pause": {
      const result = await pause(ctx, { link, newsletter: form.one("newsletter"), weeks: Number(form.one("weeks")) });
      if (result.kind !== "done" || result.until === null) return null;
      return { what: "paused", newsletter: result.newsletter, until: result.until };
    }
    case "resume": {
      const result = await resume(ctx, { link, newsletter: form.one("newsletter") });
      return result.kind === "done" ? { what: "resumed", newsletter: result.newsletter } : null;
    }
    case "profile": {
      const result = await editProfile(ctx, { link, name: form.one("name"), language: form.one("language") });
      return result.kind === "done" ? { what: "saved" } : null;
    }
    case "join":
      return join(ctx, c, link, form);
    case "link":
      return link.by === "issue" ? freshLink(ctx, c, link, form) : null;
    case "address":
      return link.by === "fresh" ? newAddress(ctx, c, link, form) : null;
    default: {
      const result = await leaveFrom(ctx, { link, newsletter: form.one("newsletter") });
      return result.kind === "left" ? { what: "left", newsletter: result.newsletter, undo: result.undo } : null;
    }
  }
}

async function join(ctx: AppContext, c: Context<Env>, link: ReaderLink, form: Fields): Promise<Said | Response | null> {
  const newsletters = form.all("newsletter").slice(0, 50);
  // The words beside the button that was pressed (LAW-01).
  const { wording } = await readConsent(ctx, await languageOf(ctx, link));
  const { token } = link;
  if (link.by === "fresh") {
    const result = await joinAtOnce(ctx, { token, newsletters, wording });
    if (result.kind === "joined") return { what: "joined", names: result.newsletters.map(({ name }) => name) };
    return result.kind === "nothing" ? { what: "none-chosen" } : null;
  }
  const away = await turnAway(ctx, c);
  if (away !== null) return away;
  const result = await askToJoin(ctx, { token, newsletters, wording, visit: readVisit(ctx, c, form) });
  if (result.kind === "asked") return answer(ctx, c, result.result, { what: "asked" });
  return result.kind === "nothing" ? { what: "none-chosen" } : null;
}

async function freshLink(ctx: AppContext, c: Context<Env>, { token }: ReaderLink, form: Fields) {
  const away = await turnAway(ctx, c);
  if (away !== null) return away;
  const result = await sendOwnLink(ctx, { token, visit: readVisit(ctx, c, form) });
  return result.kind === "asked" ? answer(ctx, c, result.result, { what: "link" }) : null;
}

async function newAddress(
  ctx: AppContext,
  c: Context<Env>,
  link: ReaderLink,
  form: Fields,
): Promise<Said | Response | null> {
  const away = await turnAway(ctx, c);
  if (away !== null) return away;
  const email = form.one("email").trim().slice(0, 1_000);
  const result = await askAddress(ctx, { token: link.token, email, visit: readVisit(ctx, c, form) });
  switch (result.kind) {
    case "asked":
      return answer(ctx, c, result.result, { what: "address" });
    case "bad-address": {
      const say = textsFor(ctx.templates, await languageOf(ctx, link));
      return { what: "bad-address", email: email.slice(0, 254), fault: say(`signup.fault.${result.fault}`) };
    }
    default:
      return null;
  }
}

function answer(ctx: AppContext, c: Context<Env>, result: RequestResult, said: Said): Promise<Response> | Said {
  return result.outcome === "crowded" ? crowded(ctx, c, result.seconds) : said;
}

async function languageOf(ctx: AppContext, link: ReaderLink): Promise<string> {
  const view = await viewPreferences(ctx, link);
  return pageLanguage(ctx, view.outcome === "ok" ? (view.language ?? undefined) : undefined);
}
