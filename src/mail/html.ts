import { type Align, type Block, type Inline, type Picture, words } from "./document.ts";
import { escapeHtml } from "./segments.ts";

/** Pixels between the paddings of the 600 pixel page: what an image without a width is given for Outlook. */
export const columnWidth = 536;

const layout = 'role="presentation" cellpadding="0" cellspacing="0" border="0"';

/** An issue's text as mail HTML: class names for the stylesheet to be inlined, tables where Outlook needs them (FMT-24). */
export function printHtml(blocks: readonly Block[]): string {
  return blocks.map(printBlock).join("\n");
}

function printBlock(block: Block): string {
  switch (block.kind) {
    case "heading": {
      const level = Math.min(block.level, 4);
      return `<h${level} class="m-h${level}">${printInline(block.children)}</h${level}>`;
    }
    case "paragraph":
      return `<p class="m-p">${printInline(block.children)}</p>`;
    case "picture":
      return printPicture(block.picture);
    case "button":
      return printButton(block.href, block.children);
    case "list":
      return printList(block.start, block.items);
    case "quote":
      return printQuote(block.blocks);
    case "divider":
      return `<table ${layout} width="72" align="center" class="m-divider"><tr><td class="m-divider-line">&nbsp;</td></tr></table>`;
    case "code":
      return `<pre class="m-pre" dir="ltr">${escapeHtml(block.text)}</pre>`;
    case "table":
      return printTable(block);
  }
}

/** Running text of a mail. */
export function printInline(inlines: readonly Inline[]): string {
  return inlines.map(printRun).join("");
}

function printRun(inline: Inline): string {
  switch (inline.kind) {
    case "text":
      return escapeHtml(inline.text);
    case "code":
      return `<code class="m-code" dir="ltr">${escapeHtml(inline.text)}</code>`;
    case "break":
      return "<br>";
    case "strong":
      return `<strong class="m-strong">${printInline(inline.children)}</strong>`;
    case "emphasis":
      return `<em>${printInline(inline.children)}</em>`;
    case "struck":
      return `<s>${printInline(inline.children)}</s>`;
    case "link":
      return `<a class="m-a" href="${escapeHtml(inline.href)}">${printInline(inline.children)}</a>`;
  }
}

function printPicture(picture: Picture): string {
  const limit = picture.width === null ? "" : ` style="max-width:${picture.width}px"`;
  const width = Math.min(picture.width ?? columnWidth, columnWidth);
  const img = `<img class="m-img" src="${escapeHtml(picture.src)}" alt="${escapeHtml(picture.alt)}" width="${width}"${limit}>`;
  const shown = picture.href === null ? img : `<a class="m-img-link" href="${escapeHtml(picture.href)}">${img}</a>`;
  const caption = picture.caption === null ? "" : `<p class="m-caption">${escapeHtml(picture.caption)}</p>`;
  return `<div class="m-figure">${shown}${caption}</div>`;
}

/** A button that stays one where padding on links is ignored (Outlook) and where pictures are off. */
function printButton(href: string, children: readonly Inline[]): string {
  const link = `<a class="m-button-link" href="${escapeHtml(href)}">${printInline(children)}</a>`;
  return `<table ${layout} class="m-button"><tr><td class="m-button-cell" align="center">${link}</td></tr></table>`;
}

function printList(start: number | null, items: readonly (readonly Block[])[]): string {
  const body = items.map((item) => `<li class="m-item">${printItem(item)}</li>`).join("\n");
  if (start === null) return `<ul class="m-list">\n${body}\n</ul>`;
  return `<ol class="m-list"${start === 1 ? "" : ` start="${start}"`}>\n${body}\n</ol>`;
}

function printItem(blocks: readonly Block[]): string {
  const [first, ...rest] = blocks;
  if (first?.kind !== "paragraph" || rest.some((block) => block.kind !== "list")) return printHtml(blocks);
  return [printInline(first.children), ...rest.map(printBlock)].join("\n");
}

function printQuote(blocks: readonly Block[]): string {
  const body = blocks.map((block, index) => {
    if (block.kind !== "paragraph") return printBlock(block);
    const style = index > 0 && isAttribution(block.children) ? "m-cite" : "m-quote-p";
    return `<p class="${style}">${printInline(block.children)}</p>`;
  });
  const cell = `<td class="m-quote-cell">${body.join("\n")}</td>`;
  return `<blockquote class="m-quote"><table ${layout} width="100%"><tr>${cell}</tr></table></blockquote>`;
}

/** True for the closing line of a quote that names who said it: it begins with a dash. */
export function isAttribution(children: readonly Inline[]): boolean {
  return /^\s*(—|–|--)\s*\S/.test(words(children));
}

function printTable(table: Extract<Block, { kind: "table" }>): string {
  const head = table.head.map((cell, index) => printCell("th", cell, table.align[index] ?? null));
  const rows = table.rows.map(
    (row) => `<tr>${row.map((cell, index) => printCell("td", cell, table.align[index] ?? null)).join("")}</tr>`,
  );
  const open = '<table class="m-table" width="100%" cellpadding="0" cellspacing="0" border="0">';
  const body = rows.length === 0 ? "" : `<tbody>\n${rows.join("\n")}\n</tbody>`;
  return `<div class="m-scroll">${open}<thead><tr>${head.join("")}</tr></thead>${body}</table></div>`;
}

function printCell(tag: "th" | "td", cell: readonly Inline[], align: Align): string {
  const scope = tag === "th" ? ' scope="col"' : "";
  const side = align === null ? "" : ` style="text-align:${align}"`;
  return `<${tag} class="m-${tag}"${scope}${side}>${printInline(cell)}</${tag}>`;
}
