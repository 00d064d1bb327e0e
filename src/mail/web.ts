import type { Block, Inline, Picture } from "./document.ts";
import { isAttribution } from "./html.ts";
import type { Size } from "./pictures.ts";
import { escapeHtml } from "./segments.ts";

/** How large the picture at an address is; null where that is not known. */
export type Sizes = (src: string) => Size | null;

interface Print {
  readonly sizes: Sizes;
  /** The picture that readers meet first, which waits for no scrolling. */
  readonly first: Picture | undefined;
}

/** An issue's text for a page: plain elements and few classes, no style attributes, so that a strict CSP holds. */
export function printWeb(blocks: readonly Block[], sizes: Sizes = () => null): string {
  return printBlocks({ sizes, first: pictureIn(blocks) }, blocks);
}

function pictureIn(blocks: readonly Block[]): Picture | undefined {
  for (const block of blocks) {
    const inner = block.kind === "quote" ? block.blocks : block.kind === "list" ? block.items.flat() : [];
    const found = block.kind === "picture" ? block.picture : pictureIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function printBlocks(print: Print, blocks: readonly Block[]): string {
  return blocks.map((block) => printBlock(print, block)).join("\n");
}

function printBlock(print: Print, block: Block): string {
  switch (block.kind) {
    case "heading":
      return `<h${block.level}>${printInline(block.children)}</h${block.level}>`;
    case "paragraph":
      return `<p>${printInline(block.children)}</p>`;
    case "picture":
      return printFigure(print, block.picture);
    case "button":
      return `<p class="action"><a class="button" href="${escapeHtml(block.href)}">${printInline(block.children)}</a></p>`;
    case "list":
      return printList(print, block.start, block.items);
    case "quote":
      return `<blockquote>\n${block.blocks.map((one, index) => printQuoted(print, one, index)).join("\n")}\n</blockquote>`;
    case "divider":
      return "<hr>";
    case "code":
      return `<pre tabindex="0" dir="ltr"><code>${escapeHtml(block.text)}</code></pre>`;
    case "table":
      return printTable(block);
  }
}

function printInline(inlines: readonly Inline[]): string {
  return inlines.map(printRun).join("");
}

function printRun(inline: Inline): string {
  switch (inline.kind) {
    case "text":
      return escapeHtml(inline.text);
    case "code":
      return `<code dir="ltr">${escapeHtml(inline.text)}</code>`;
    case "break":
      return "<br>";
    case "strong":
      return `<strong>${printInline(inline.children)}</strong>`;
    case "emphasis":
      return `<em>${printInline(inline.children)}</em>`;
    case "struck":
      return `<s>${printInline(inline.children)}</s>`;
    case "link":
      return `<a href="${escapeHtml(inline.href)}">${printInline(inline.children)}</a>`;
  }
}

function printFigure(print: Print, picture: Picture): string {
  const lazy = picture === print.first ? "" : ' loading="lazy"';
  const { src, alt } = picture;
  const img = `<img src="${escapeHtml(src)}" alt="${escapeHtml(alt)}"${room(picture, print.sizes(src))}${lazy}>`;
  const shown = picture.href === null ? img : `<a href="${escapeHtml(picture.href)}">${img}</a>`;
  const caption = picture.caption === null ? "" : `<figcaption>${escapeHtml(picture.caption)}</figcaption>`;
  return `<figure>${shown}${caption}</figure>`;
}

/** Width and height together keep a picture's room free until it has come; a width alone does not. */
function room({ width }: Picture, size: Size | null): string {
  if (size === null) return width === null ? "" : ` width="${width}"`;
  if (width === null) return ` width="${size.width}" height="${size.height}"`;
  return ` width="${width}" height="${Math.max(1, Math.round((width * size.height) / size.width))}"`;
}

function printList(print: Print, start: number | null, items: readonly (readonly Block[])[]): string {
  const body = items.map((item) => `<li>${printItem(print, item)}</li>`).join("\n");
  if (start === null) return `<ul>\n${body}\n</ul>`;
  return `<ol${start === 1 ? "" : ` start="${start}"`}>\n${body}\n</ol>`;
}

function printItem(print: Print, blocks: readonly Block[]): string {
  const [first, ...rest] = blocks;
  if (first?.kind !== "paragraph" || rest.some((block) => block.kind !== "list")) return printBlocks(print, blocks);
  return [printInline(first.children), ...rest.map((block) => printBlock(print, block))].join("\n");
}

function printQuoted(print: Print, block: Block, index: number): string {
  if (block.kind !== "paragraph" || index === 0 || !isAttribution(block.children)) return printBlock(print, block);
  return `<p class="cite">${printInline(block.children)}</p>`;
}

function printTable(table: Extract<Block, { kind: "table" }>): string {
  function cell(tag: "th" | "td", inlines: readonly Inline[], index: number): string {
    const align = table.align[index] ?? null;
    const classes = align === null || align === "left" ? "" : ` class="${align}"`;
    return `<${tag}${tag === "th" ? ' scope="col"' : ""}${classes}>${printInline(inlines)}</${tag}>`;
  }
  const head = table.head.map((inlines, index) => cell("th", inlines, index)).join("");
  const rows = table.rows.map((row) => `<tr>${row.map((inlines, index) => cell("td", inlines, index)).join("")}</tr>`);
  const body = rows.length === 0 ? "" : `<tbody>\n${rows.join("\n")}\n</tbody>`;
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead>${body}</table></div>`;
}
