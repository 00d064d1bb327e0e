import { type Context, Hono } from "hono";
import type { AppContext } from "../context.ts";
import { directionOf } from "../mail/language.ts";
import { languagesOf } from "../mail/texts.ts";
import type { Closed, ReaderLink } from "../subscription/access.ts";
import { eraseSelf } from "../subscription/erase-self.ts";
import { viewPreferences } from "../subscription/find.ts";
import { longestNote } from "../subscription/goodbye.ts";
import { readOwnData } from "../subscription/own-data.ts";
import { pauseWeeks } from "../subscription/pause.ts";
import { readConsent } from "./consent.ts";
import { type Calendar, calendarOf } from "./dates.ts";
import type { Env } from "./env.ts";
import { formGuardFields } from "./form-guard.ts";
import { pageHeaders } from "./headers.ts";
import { act, type Said } from "./reader-acts.ts";
import { tokenOf, tokenPage, unknownLink, withSlash } from "./token-page.ts";
import { newsletterView, pageLanguage } from "./view.ts";

/**
 * A reader's own pages: behind the link in every issue, which may have been forwarded, and behind a fresh one that was mailed to
 * the address alone. GET shows, POST does; each press is answered with the page as it is then, which repeats harmlessly.
 */
export function readerRoutes(ctx: AppContext) {
  return new Hono<Env>()
    .on("GET", withSlash("/p/:token"), (c) => show(ctx, c, linkOf("issue", c), null))
    .on("POST", withSlash("/p/:token"), (c) => press(ctx, c, linkOf("issue", c)))
    .on("GET", withSlash("/manage/:token"), (c) => show(ctx, c, linkOf("fresh", c), null))
    .on("POST", withSlash("/manage/:token"), (c) => press(ctx, c, linkOf("fresh", c)))
    .on("GET", withSlash("/manage/:token/data"), (c) => download(ctx, c))
    .on("GET", withSlash("/manage/:token/erase"), (c) => askToErase(ctx, c))
    .on("POST", withSlash("/manage/:token/erase"), async (c) => {
      const result = await eraseSelf(ctx, { token: tokenOf(c) });
      if (result.kind !== "erased") return closed(ctx, c, result.kind);
      return tokenPage(ctx, c, "erase", { state: "erased", address: "", token: "" }, result);
    });
}

function linkOf(by: ReaderLink["by"], c: Context<Env>): ReaderLink {
  return { by, token: tokenOf(c) };
}

async function press(ctx: AppContext, c: Context<Env>, link: ReaderLink): Promise<Response> {
  const said = await act(ctx, c, link);
  return said instanceof Response ? said : show(ctx, c, link, said);
}

async function show(ctx: AppContext, c: Context<Env>, link: ReaderLink, said: Said | null): Promise<Response> {
  const view = await viewPreferences(ctx, link);
  if (view.outcome !== "ok") return closed(ctx, c, view.outcome);
  const language = await pageLanguage(ctx, view.language ?? undefined);
  const { html } = await readConsent(ctx, language);
  const calendar = await calendarOf(ctx, language);
  const paused = view.subscriptions.filter(({ pausedUntil }) => pausedUntil !== null);
  const active = view.subscriptions.filter(({ status }) => status === "active");
  const data = {
    ...{
      state: "ok",
      address: view.address,
      name: view.name,
      chosen: view.chosen ?? "",
      said: saidView(said, language, calendar),
    },
    ...{
      token: encodeURIComponent(link.token),
      path: link.by === "issue" ? "p" : "manage",
      fresh: link.by === "fresh",
      former: view.former,
    },
    subscriptions: view.subscriptions.map(({ pausedUntil, ...one }) => ({
      ...one,
      direction: directionOf(one.language),
      until: pausedUntil === null ? null : calendar.day(pausedUntil),
    })),
    others: view.others.map((one) => ({ ...newsletterView(ctx, one, language), image: null, square: null })),
    ...{ several: view.subscriptions.length > 1, pausable: active.length > 1, paused: paused.length },
    ...{ weeks: pauseWeeks, longestNote, consent: html, fault: said?.what === "bad-address" ? said.fault : null },
    languages: [...languagesOf(ctx.templates)].map(([tag, own]) => ({ tag, name: own })),
  };
  return tokenPage(ctx, c, "preferences", data, { language, status: said?.what === "bad-address" ? 422 : 200 });
}

/** What a press has done, as the page says it. */
function saidView(said: Said | null, language: string, calendar: Calendar): object {
  const none = { what: "", newsletter: null, until: null, names: "", undo: null, email: "" };
  switch (said?.what) {
    case undefined:
      return none;
    case "paused":
      return { ...none, ...said, until: calendar.day(said.until) };
    case "joined":
      return { ...none, ...said, names: new Intl.ListFormat(language, { type: "conjunction" }).format(said.names) };
    default:
      return { ...none, ...said };
  }
}

/** Links that open nothing, each in its own words; a forged one tells nothing. */
function closed(ctx: AppContext, c: Context<Env>, kind: Closed["kind"]): Promise<Response> {
  if (kind === "unknown") return unknownLink(ctx, c, "preferences");
  if (kind === "expired")
    return tokenPage(
      ctx,
      c,
      "link",
      { state: "expired", fault: null, email: "", guard: formGuardFields(ctx), script: null },
      { status: 410 },
    );
  return tokenPage(ctx, c, "gone", { state: kind });
}

async function askToErase(ctx: AppContext, c: Context<Env>): Promise<Response> {
  const view = await viewPreferences(ctx, linkOf("fresh", c));
  if (view.outcome !== "ok") return closed(ctx, c, view.outcome);
  const { address, language } = view;
  return tokenPage(ctx, c, "erase", { state: "ask", address, token: encodeURIComponent(tokenOf(c)) }, { language });
}

/** As a file, so that nothing of it stays in a browser's window. */
async function download(ctx: AppContext, c: Context<Env>): Promise<Response> {
  const result = await readOwnData(ctx, { token: tokenOf(c) });
  if (result.kind !== "data") return closed(ctx, c, result.kind);
  return c.body(`${JSON.stringify(result.data, null, 2)}\n`, 200, {
    ...pageHeaders(ctx, "token"),
    "Content-Type": "application/json; charset=utf-8",
    "Content-Disposition": 'attachment; filename="my-data.json"',
  });
}
