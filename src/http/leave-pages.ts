import { type Context, Hono } from "hono";
import type { AppContext } from "../context.ts";
import { viewLeave } from "../subscription/find.ts";
import { longestNote, sayGoodbye } from "../subscription/goodbye.ts";
import { leave } from "../subscription/leave.ts";
import { pauseInstead, pauseWeeks } from "../subscription/pause.ts";
import { undo } from "../subscription/undo.ts";
import { readLeniently } from "./body.ts";
import { calendarOf } from "./dates.ts";
import type { Env } from "./env.ts";
import { pageHeaders } from "./headers.ts";
import { tokenOf, tokenPage, unknownLink, withSlash } from "./token-page.ts";
import { pageLanguage } from "./view.ts";

/** RFC 8058: the POST takes any body or none, and never answers with a redirect (RULES §1.3). */
export function leaveRoutes(ctx: AppContext) {
  return new Hono<Env>()
    .on("GET", withSlash("/u/:token"), (c) => ask(ctx, c, null))
    .on("POST", withSlash("/u/:token"), async (c) => {
      const form = await readLeniently(c);
      const byPage = form.one("by") === "page";
      const weeks = Number(form.one("weeks"));
      return byPage && weeks > 0 ? rest(ctx, c, weeks) : depart(ctx, c, byPage, byPage && form.one("all") === "1");
    })
    .on("POST", withSlash("/u/:token/undo"), (c) => takeBack(ctx, c))
    .on("POST", withSlash("/u/:token/reason"), async (c) => {
      const form = await readLeniently(c);
      const [reason, note] = [form.one("reason"), form.one("note")];
      const { outcome, language } = await sayGoodbye(ctx, { token: tokenOf(c), reason, note });
      if (outcome === "unknown") return unknownLink(ctx, c, "leave");
      if (outcome === "late") return tokenPage(ctx, c, "left", { ...nothing, state: "late" }, { status: 410 });
      // Whoever sends the form empty has said what they wanted to say.
      return tokenPage(ctx, c, "left", { ...nothing, state: "noted" }, { language });
    });
}

/** What the page after leaving may show; `state` says which of it. */
const nothing = {
  ...{ newsletter: null, address: null, all: false, others: false, token: "", undo: null, names: "" },
  longestNote,
};

async function ask(ctx: AppContext, c: Context<Env>, paused: string | null): Promise<Response> {
  const token = tokenOf(c);
  const view = await viewLeave(ctx, token);
  if (view.outcome === "unknown") return unknownLink(ctx, c, "leave");
  if (view.outcome !== "ask") {
    const blank = { newsletter: "", slug: null, address: "", subscribed: false, others: false, token: "" };
    return tokenPage(ctx, c, "leave", { ...blank, state: view.outcome, weeks: [], until: null, paused: null });
  }
  const language = await pageLanguage(ctx, view.language);
  const until = view.pausedUntil === null ? null : (await calendarOf(ctx, language)).day(view.pausedUntil);
  const data = { ...view, language, state: "ask", token: encodeURIComponent(token), weeks: pauseWeeks, until, paused };
  return tokenPage(ctx, c, "leave", data, { language, about: view.id });
}

async function depart(ctx: AppContext, c: Context<Env>, byPage: boolean, all: boolean): Promise<Response> {
  const token = tokenOf(c);
  const result = await leave(ctx, { token, all, method: byPage ? "page" : "one-click" });
  if (result.outcome === "unknown") return unknownLink(ctx, c, "leave");
  if (result.outcome === "test") return ask(ctx, c, null);
  // One click comes from a mail program, which shows nothing of the answer (RFC 8058 §3.2): it gets no page.
  if (!byPage) return c.text("", 200, pageHeaders(ctx, "token"));
  const view = await viewLeave(ctx, token);
  const others = view.outcome === "ask" && view.others;
  const language = await pageLanguage(ctx, result.language ?? undefined);
  const data = { ...nothing, ...result, language, others, token: encodeURIComponent(token), state: "left" };
  return tokenPage(ctx, c, "left", data, { language, about: result.id });
}

/** A break in place of leaving: the page that asked says so, and still offers to leave. */
async function rest(ctx: AppContext, c: Context<Env>, weeks: number): Promise<Response> {
  const result = await pauseInstead(ctx, { token: tokenOf(c), weeks });
  return ask(ctx, c, result.kind === "done" ? result.newsletter : null);
}

async function takeBack(ctx: AppContext, c: Context<Env>): Promise<Response> {
  const result = await undo(ctx, { token: tokenOf(c) });
  if (result.outcome === "unknown") return unknownLink(ctx, c, "leave");
  if (result.outcome === "late") return tokenPage(ctx, c, "left", { ...nothing, state: "late" }, { status: 410 });
  const language = await pageLanguage(ctx, result.language);
  const list = new Intl.ListFormat(language, { type: "conjunction" });
  const names = list.format(result.newsletters.map(({ name }) => name));
  return tokenPage(ctx, c, "left", { ...nothing, address: result.address, names, state: "undone" }, { language });
}
