import createMarkdown, { type MarkdownIt, type Token } from "markdown-it";
import { type Align, type Block, type Inline, words } from "./document.ts";
import type { Fault } from "./fault.ts";
import { lineStarts, type MarkedText, type Place } from "./fields.ts";
import { quotesOf } from "./language.ts";
import type { Marks } from "./marks.ts";
import { type Reading, type Run, readRuns, settle } from "./running.ts";

/** Markdown with its marks, what its links are resolved against (no trailing slash), and the language of its quotes. */
export interface MarkdownInput {
  readonly source: MarkedText;
  readonly marks: Marks;
  readonly publicUrl: string;
  readonly language: string;
  /** Whether a line end in a paragraph is one for readers too. Files are wrapped by editors, form fields are not. */
  readonly breaks?: boolean;
}

/** Reads Markdown into blocks. Unsafe links never come through: they are faults and leave only their text. */
export function readMarkdown(input: MarkdownInput): { blocks: Block[]; faults: Fault[] } {
  const faults: Fault[] = [];
  const text = input.source.text;
  const walk: Walk = {
    marks: input.marks,
    publicUrl: input.publicUrl,
    breaks: input.breaks === true,
    fault: (level, rule, place, message, hint) =>
      faults.push({ level, rule, ...place, message, ...(hint === undefined ? {} : { hint }) }),
    tokens: createParser(input.language).parse(text, {}),
    lines: text.split("\n"),
    starts: lineStarts(text),
    source: input.source,
    at: 0,
    line: 0,
    level: 0,
  };
  return { blocks: readBlocks(walk, null), faults };
}

/** True when an issue shows nothing at all. */
export function isEmpty(blocks: readonly Block[]): boolean {
  return !blocks.some((block) => {
    switch (block.kind) {
      case "heading":
      case "paragraph":
        return words(block.children).trim() !== "";
      case "list":
        return block.items.some((item) => !isEmpty(item));
      case "quote":
        return !isEmpty(block.blocks);
      case "code":
        return block.text.trim() !== "";
      default:
        return block.kind !== "divider";
    }
  });
}

interface Walk extends Reading {
  readonly tokens: readonly Token[];
  readonly lines: readonly string[];
  readonly starts: readonly number[];
  readonly source: MarkedText;
  at: number;
  /** The source line, from 0, of the innermost block that says where it is. */
  line: number;
  /** The last heading's level. */
  level: number;
}

function createParser(language: string): MarkdownIt {
  const parser = createMarkdown({ html: false, linkify: true, typographer: true, quotes: quotesOf(language) });
  // Of typography only quotes are corrected: turning (c) or -- into something else would change what was written.
  parser.core.ruler.disable("replacements");
  parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  // Targets are judged while reading, where a refusal can name its line; markdown-it would only show the source.
  parser.validateLink = () => true;
  for (const name of ["link", "image", "autolink"]) {
    const rule = parser.inline.ruler.__rules__[parser.inline.ruler.__find__(name)];
    if (rule === undefined) continue;
    const original = rule.fn;
    parser.inline.ruler.at(name, (state, silent) => {
      const [start, first] = [state.pos, state.tokens.length];
      if (!original(state, silent)) return false;
      const token = state.tokens.slice(first).find((made) => made.type === "link_open" || made.type === "image");
      if (token !== undefined && !silent) token.meta = { ...token.meta, start };
      return true;
    });
  }
  return parser;
}

function readBlocks(walk: Walk, close: string | null): Block[] {
  const blocks: Block[] = [];
  for (let token = walk.tokens[walk.at]; token !== undefined; token = walk.tokens[walk.at]) {
    walk.at++;
    if (token.map !== null) walk.line = token.map[0];
    if (token.type === close) return blocks;
    blocks.push(...readBlock(walk, token));
  }
  return blocks;
}

function readBlock(walk: Walk, token: Token): Block[] {
  switch (token.type) {
    case "heading_open":
      return [readHeading(walk, token)];
    case "paragraph_open":
      return readParagraph(walk, readInline(walk));
    case "bullet_list_open":
    case "ordered_list_open":
      return [readList(walk, token)];
    case "blockquote_open":
      return [{ kind: "quote", blocks: readBlocks(walk, "blockquote_close") }];
    case "hr":
      return [{ kind: "divider" }];
    case "fence":
    case "code_block":
      return [{ kind: "code", text: token.content.replace(/\n$/, "") }];
    case "table_open":
      return [readTable(walk)];
    default:
      return [];
  }
}

function readHeading(walk: Walk, token: Token): Block {
  const level = Number(token.tag.slice(1));
  const allowed = walk.level === 0 ? 2 : walk.level + 1;
  if (level > allowed) {
    const message =
      walk.level === 0 ? `The first heading has level ${level}.` : `Level ${level} follows level ${walk.level}.`;
    const place = walk.source.place(walk.starts[walk.line] ?? 0);
    walk.fault("warning", "heading-order", place, message, `Use ${"#".repeat(allowed)} here.`);
  }
  walk.level = level;
  return { kind: "heading", level, children: settle(walk, readInline(walk)) };
}

function readParagraph(walk: Walk, runs: readonly Run[]): Block[] {
  const solid = runs.filter((run) => run.kind !== "break" && (run.kind !== "text" || run.text.trim() !== ""));
  const [only] = solid;
  if (solid.length === 1 && only?.kind === "button") {
    return [{ kind: "button", href: only.href, children: only.children }];
  }
  if (solid.length > 0 && solid.every((run) => run.kind === "picture")) {
    return solid.map((run) => ({ kind: "picture", picture: run.picture }));
  }
  const children = settle(walk, runs);
  return children.length === 0 ? [] : [{ kind: "paragraph", children }];
}

function readList(walk: Walk, token: Token): Block {
  const ordered = token.type === "ordered_list_open";
  const items: Block[][] = [];
  const close = token.type.replace("_open", "_close");
  for (let next = walk.tokens[walk.at++]; next !== undefined && next.type !== close; next = walk.tokens[walk.at++]) {
    if (next.type === "list_item_open") items.push(readBlocks(walk, "list_item_close"));
  }
  return { kind: "list", start: ordered ? Number(token.attrGet("start") ?? 1) : null, items };
}

function readTable(walk: Walk): Block {
  const align: Align[] = [];
  const rows: (readonly Inline[])[][] = [];
  for (let token = walk.tokens[walk.at++]; token !== undefined; token = walk.tokens[walk.at++]) {
    if (token.map !== null) walk.line = token.map[0];
    if (token.type === "table_close") break;
    if (token.type === "tr_open") rows.push([]);
    if (token.type === "th_open") align.push(readAlign(String(token.attrGet("style") ?? "")));
    if (token.type === "th_open" || token.type === "td_open") rows.at(-1)?.push(settle(walk, readInline(walk)));
  }
  return { kind: "table", align, head: rows[0] ?? [], rows: rows.slice(1) };
}

function readAlign(style: string): Align {
  const value = /text-align:\s*(left|center|right)/.exec(style)?.[1];
  return value === "left" || value === "center" || value === "right" ? value : null;
}

function readInline(walk: Walk): Run[] {
  const token = walk.tokens[walk.at];
  if (token?.type !== "inline") return [];
  walk.at++;
  if (token.map !== null) walk.line = token.map[0];
  const line = walk.line;
  const placeAt = inlinePlacer(walk, line, token.content);
  function place(inner: Token): Place {
    const start = inner.meta?.start;
    return placeAt(typeof start === "number" ? start : 0);
  }
  warnOfHtml(walk, token.children ?? [], line);
  return readRuns(walk, token.children ?? [], place);
}

/** Inline text is the block's lines without their indentation and marks, so each line is looked up in its source line. */
function inlinePlacer(walk: Walk, line: number, content: string): (offset: number) => Place {
  const starts = lineStarts(content);
  const shown = content.split("\n");
  const indents: number[] = [];
  return (offset) => {
    const row = starts.findLastIndex((start) => start <= offset);
    const indent = indents[row] ?? Math.max(0, walk.lines[line + row]?.indexOf(shown[row] ?? "") ?? 0);
    indents[row] = indent;
    return walk.source.place((walk.starts[line + row] ?? 0) + indent + offset - (starts[row] ?? 0));
  };
}

function warnOfHtml(walk: Walk, tokens: readonly Token[], line: number): void {
  for (const token of tokens) {
    const tag = token.type === "text" ? /(<\/?[a-z][a-z0-9-]*)(?:\s[^<>]*)?\/?>|<!--/i.exec(token.content) : null;
    if (tag === null) continue;
    const start = tag[1] ?? "<!--";
    const row = walk.lines.findIndex((text, index) => index >= line && text.includes(start));
    const column = walk.lines[row]?.indexOf(start) ?? -1;
    // Not found, or behind a backslash: the editor escaped it and means the text.
    if (column < 0 || walk.lines[row]?.[column - 1] === "\\") continue;
    const place = walk.source.place((walk.starts[row] ?? 0) + column);
    const message = `"${tag[1] === undefined ? start : `${start}>`}" is HTML and will be shown to readers as text.`;
    walk.fault("warning", "raw-html-ignored", place, message, "Use Markdown, or write \\< if you mean the character.");
  }
}
