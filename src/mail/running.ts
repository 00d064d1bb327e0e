import type { Token } from "markdown-it";
import { type Inline, type Picture, words } from "./document.ts";
import type { Fault } from "./fault.ts";
import type { Place } from "./fields.ts";
import { expand, type Marks, marked } from "./marks.ts";
import type { IssueRule } from "./rules.ts";
import { claimedHost, hostOf, readTarget } from "./target.ts";

/** What reading needs: where to put faults, and what links are resolved against. */
export interface Reading {
  readonly marks: Marks;
  readonly publicUrl: string;
  /** Whether a line end is one for readers too. */
  readonly breaks: boolean;
  fault(level: Fault["level"], rule: IssueRule, place: Place, message: string, hint?: string): void;
}

/** Running text before it is known whether a picture or a button stands alone. */
export type Run =
  | Inline
  | { readonly kind: "picture"; readonly picture: Picture; readonly place: Place }
  | { readonly kind: "button"; readonly href: string; readonly children: readonly Inline[]; readonly place: Place };

interface Cursor {
  readonly tokens: readonly Token[];
  readonly place: (token: Token) => Place;
  at: number;
}

const wrappers: Readonly<Record<string, "strong" | "emphasis" | "struck">> = {
  strong_open: "strong",
  em_open: "emphasis",
  s_open: "struck",
};

/** The running text of one paragraph, heading or cell. */
export function readRuns(reading: Reading, tokens: readonly Token[], place: (token: Token) => Place): Run[] {
  return readUntil(reading, { tokens, place, at: 0 }, null);
}

/** Running text without pictures and buttons; those found are faults, since they need a line of their own. */
export function settle(reading: Reading, runs: readonly Run[]): Inline[] {
  return runs.flatMap((run): Inline[] => {
    if (run.kind === "picture") {
      const hint = "Put an empty line before and after it.";
      reading.fault("error", "picture-place", run.place, "This picture stands inside other text.", hint);
      return [];
    }
    if (run.kind === "button") {
      const hint = "Put it in a paragraph of its own, with an empty line before and after.";
      reading.fault("error", "button-place", run.place, "This button stands inside other text.", hint);
      return [];
    }
    return [run];
  });
}

function readUntil(reading: Reading, cursor: Cursor, close: string | null): Run[] {
  const runs: Run[] = [];
  for (let token = cursor.tokens[cursor.at]; token !== undefined; token = cursor.tokens[cursor.at]) {
    cursor.at++;
    if (token.type === close) return runs;
    runs.push(...readRun(reading, cursor, token));
  }
  return runs;
}

function readRun(reading: Reading, cursor: Cursor, token: Token): Run[] {
  const wrapper = wrappers[token.type];
  if (wrapper !== undefined) {
    const children = settle(reading, readUntil(reading, cursor, token.type.replace("_open", "_close")));
    return [{ kind: wrapper, children }];
  }
  switch (token.type) {
    case "code_inline":
      return [{ kind: "code", text: token.content }];
    case "hardbreak":
      return [{ kind: "break" }];
    case "softbreak":
      return [reading.breaks ? { kind: "break" } : { kind: "text", text: "\n" }];
    case "link_open":
      return readLink(reading, cursor, token);
    case "image":
      return readPicture(reading, cursor, token);
    default:
      return token.content === "" ? [] : [{ kind: "text", text: token.content }];
  }
}

function readLink(reading: Reading, cursor: Cursor, token: Token): Run[] {
  const place = cursor.place(token);
  const runs = readUntil(reading, cursor, "link_close").filter((run) => run.kind !== "text" || run.text !== "");
  const href = checkTarget(reading, String(token.attrGet("href") ?? ""), place, "link");
  const isButton = readAttribute(reading, cursor, "button", place) !== null;
  const [only] = runs;
  if (runs.length === 1 && only?.kind === "picture") {
    return [{ ...only, picture: { ...only.picture, href } }];
  }
  const children = settle(reading, runs);
  // A refused target leaves its text behind, so that nothing unsafe can be printed even when faults are overlooked.
  if (href === null) return children;
  checkLinkText(reading, words(children), href, place, token.markup === "linkify" || token.markup === "autolink");
  return isButton ? [{ kind: "button", href, children, place }] : [{ kind: "link", href, children }];
}

function readPicture(reading: Reading, cursor: Cursor, token: Token): Run[] {
  const place = cursor.place(token);
  const alt = altText(token.children ?? []).trim();
  if (alt === "") {
    const hint = "Write what it shows between the brackets: ![The harbour at dawn](…).";
    reading.fault("error", "no-alt", place, "This picture has no description.", hint);
  }
  const src = checkTarget(reading, String(token.attrGet("src") ?? ""), place, "picture");
  const width = readAttribute(reading, cursor, "width", place);
  // Titles pass the quotes rule by, so an apostrophe between letters is set here.
  const caption = String(token.attrGet("title") ?? "")
    .trim()
    .replace(/(\p{L})'(?=\p{L})/gu, "$1’");
  if (src === null) return [];
  const picture = { src, alt, caption: caption === "" ? null : caption, width: width === null ? null : Number(width) };
  return [{ kind: "picture", picture: { ...picture, href: null }, place }];
}

function altText(tokens: readonly Token[]): string {
  return tokens.map((token) => token.content || (token.type === "softbreak" ? " " : "")).join("");
}

/** Takes `{button}` or `{width=300}` off the text that follows a link or picture. */
function readAttribute(reading: Reading, cursor: Cursor, known: "button" | "width", place: Place): string | null {
  const next = cursor.tokens[cursor.at];
  const match = next?.type === "text" ? /^\{([^{}\n]{0,60})\}/.exec(next.content) : null;
  if (next === undefined || match === null) return null;
  const value = known === "button" ? /^(button)$/.exec(match[1] ?? "") : /^width=(\d{1,4})$/.exec(match[1] ?? "");
  next.content = next.content.slice(match[0].length);
  if (value?.[1] !== undefined && value[1] !== "0") return value[1];
  const hint = known === "button" ? "After a link only {button} is known." : "Write {width=300}, in pixels.";
  reading.fault("error", "attribute", place, `"${match[0]}" is not understood here.`, hint);
  return null;
}

/** The checked target, or null with a fault. Marks of site-wide addresses are filled in, the reader's own links stay. */
function checkTarget(reading: Reading, raw: string, place: Place, what: "link" | "picture"): string | null {
  const fields = marked(reading.marks, raw).filter((entry) => "field" in entry);
  const [field] = fields;
  if (field !== undefined) {
    const own = field.field === "leaveUrl" || field.field === "preferencesUrl";
    if (own && what === "link" && new RegExp(`^${reading.marks.prefix}\\d+q$`).test(raw)) return raw;
    const hint = own ? "Such an address must be a link's whole target." : "Print it in the text instead.";
    const message = own
      ? "A reader's own address stands inside another one."
      : `A reader's ${field.field} is in a ${what}.`;
    reading.fault("error", "personal-link", place, message, hint);
    return null;
  }
  const target = readTarget(expand(reading.marks, raw), reading.publicUrl, what);
  if ("fault" in target) {
    reading.fault("error", "bad-link", place, target.fault, target.hint);
    return null;
  }
  if (target.warning !== null) reading.fault("warning", "short-link", place, target.warning, "Use the full address.");
  return target.url;
}

const emptyWords = /^(click( here)?|here|this|this (link|page)|link|tap here|read this|more)[.!…]?$/i;

function checkLinkText(reading: Reading, text: string, href: string, place: Place, isBare: boolean): void {
  const shown = expand(reading.marks, text).trim();
  if (shown === "") {
    reading.fault("error", "link-text", place, "This link has no text.", "Say where it leads between the brackets.");
    return;
  }
  if (emptyWords.test(shown)) {
    const message = `"${shown}" does not say where the link leads.`;
    reading.fault("warning", "link-text", place, message, 'Name the target: "Read the council\'s report".');
  }
  const claimed = isBare ? null : claimedHost(shown);
  const host = hostOf(href);
  if (claimed !== null && host !== null && claimed !== host) {
    const hint = "Show the same address, or plain words.";
    reading.fault("warning", "link-mismatch", place, `The text shows ${claimed}, the link leads to ${host}.`, hint);
  }
}
