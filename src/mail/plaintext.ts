import { type Block, type Inline, type Picture, words } from "./document.ts";

/** Columns of the text part: narrow enough to be quoted, wide enough to be read. */
export const textWidth = 72;

/** How many columns there are, and how many a word takes once its marks are filled. */
interface Page {
  readonly width: number;
  readonly measure: (word: string) => number;
}

/** An issue's text as plain text, wrapped, with every link written out (FMT-05). */
export function printText(blocks: readonly Block[], measure: (word: string) => number = length): string {
  return printBlocks(blocks, { width: textWidth, measure });
}

function printBlocks(blocks: readonly Block[], page: Page): string {
  return blocks
    .map((block) => printBlock(block, page))
    .filter((part) => part !== "")
    .join("\n\n");
}

/** Text broken between words to the page's width; a longer word, such as an address, stays whole. */
function wrap(text: string, page: Page): string {
  return text
    .split("\n")
    .map((line) => wrapLine(line, page))
    .join("\n");
}

/** Plain text as it should arrive: no blanks at line ends, at most one empty line in a row, one line end at the end. */
export function tidyText(text: string): string {
  const lines = text.split(/\r\n?|\n/).map((line) => line.trimEnd());
  return `${lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim()}\n`;
}

/** Lines of at most `textWidth` characters; an address longer than that keeps one to itself. */
export function wrapText(text: string): string {
  return wrap(text, { width: textWidth, measure: length });
}

function wrapLine(line: string, page: Page): string {
  const lines: string[] = [];
  let current = "";
  let used = 0;
  for (const word of line.split(/[ \t]+/)) {
    const size = page.measure(word);
    if (current !== "" && used + 1 + size > page.width) {
      lines.push(current);
      current = word;
      used = size;
    } else {
      used += current === "" ? size : size + 1;
      current = current === "" ? word : `${current} ${word}`;
    }
  }
  lines.push(current);
  return lines.join("\n");
}

function narrow(page: Page, by: number): Page {
  return { width: page.width - by, measure: page.measure };
}

function length(text: string): number {
  return [...text].length;
}

function printBlock(block: Block, page: Page): string {
  switch (block.kind) {
    case "heading":
      return printHeading(block.level, printInline(block.children), page);
    case "paragraph":
      return wrap(printInline(block.children), page);
    case "picture":
      return printPicture(block.picture, page);
    case "button":
      return `${flat(words(block.children))}: ${addressOf(block.href)}`;
    case "list":
      return printList(block.start, block.items, page);
    case "quote":
      return indent(printBlocks(block.blocks, narrow(page, 2)), "> ", "> ");
    case "divider":
      return "* * *";
    case "code":
      return indent(block.text, "    ", "    ");
    case "table":
      return printTable(block, page);
  }
}

function printHeading(level: number, text: string, page: Page): string {
  const shown = wrap(text.replaceAll("\n", " "), page);
  if (level > 2) return shown;
  const longest = Math.max(...shown.split("\n").map(length));
  return `${shown}\n${(level === 1 ? "=" : "-").repeat(Math.min(longest, page.width))}`;
}

/** Running text; line ends of the source are spaces, forced breaks are line ends. */
function printInline(inlines: readonly Inline[]): string {
  return inlines.map(printRun).join("");
}

function printRun(inline: Inline): string {
  switch (inline.kind) {
    case "text":
      return inline.text.replaceAll("\n", " ");
    case "code":
      return inline.text;
    case "break":
      return "\n";
    case "link":
      return printLink(printInline(inline.children), inline.href);
    case "emphasis":
    case "strong":
    case "struck":
      return printInline(inline.children);
  }
}

function printLink(text: string, href: string): string {
  const address = addressOf(href);
  const bare = (value: string): string =>
    value
      .trim()
      .replace(/^https?:\/\//, "")
      .replace(/\/$/, "");
  return bare(text) === bare(address) ? address : `${text} (${address})`;
}

function addressOf(href: string): string {
  if (!/^mailto:/i.test(href)) return href;
  return decodeSafely(href.slice("mailto:".length).replace(/\?.*$/, ""));
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign: the address reads best as it was written.
    return text;
  }
}

function printPicture(picture: Picture, page: Page): string {
  const shown = wrap(`[${flat(picture.alt)}]`, page);
  const link = picture.href === null ? "" : `\n${addressOf(picture.href)}`;
  const caption = picture.caption === null ? "" : `\n${wrap(flat(picture.caption), page)}`;
  return `${shown}${caption}${link}`;
}

function printList(start: number | null, items: readonly (readonly Block[])[], page: Page): string {
  const tight = items.every((item) => item.every((block, index) => index === 0 || block.kind === "list"));
  const shown = items.map((item, index) => {
    const bullet = start === null ? "- " : `${start + index}. `;
    const body = item.map((block) => printBlock(block, narrow(page, bullet.length))).join(tight ? "\n" : "\n\n");
    return indent(body, bullet, " ".repeat(bullet.length));
  });
  return shown.join(tight ? "\n" : "\n\n");
}

function indent(text: string, first: string, rest: string): string {
  return text
    .split("\n")
    .map((line, index) => `${index === 0 ? first : rest}${line}`.trimEnd())
    .join("\n");
}

function printTable(table: Extract<Block, { kind: "table" }>, page: Page): string {
  const head = table.head.map((cell) => flat(printInline(cell)));
  const rows = table.rows.map((row) => row.map((cell) => flat(printInline(cell))));
  const columns = head.map((cell, index) => Math.max(length(cell), ...rows.map((row) => length(row[index] ?? ""))));
  const total = columns.reduce((sum, column) => sum + column + 2, -2);
  // Too wide to stand side by side: each row becomes a small record, one labelled line per cell.
  if (total > page.width) return rows.map((row) => printRecord(head, row, page)).join("\n\n");
  const line = (row: readonly string[]): string =>
    columns
      .map((size, index) => pad(row[index] ?? "", size, table.align[index] === "right"))
      .join("  ")
      .trimEnd();
  return [line(head), columns.map((size) => "-".repeat(size)).join("  "), ...rows.map(line)].join("\n");
}

function printRecord(head: readonly string[], row: readonly string[], page: Page): string {
  return row
    .map((cell, index) => indent(wrap(head[index] ? `${head[index]}: ${cell}` : cell, narrow(page, 2)), "", "  "))
    .join("\n");
}

function pad(text: string, size: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, size - length(text)));
  return right ? space + text : text + space;
}

function flat(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
