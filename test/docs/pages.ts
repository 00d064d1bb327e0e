/** A Markdown file, taken apart as far as the checks need it. */
export interface Page {
  /** From the root of the package: `docs/cli.md`. */
  readonly path: string;
  readonly text: string;
  /** Inline code outside fenced blocks. */
  readonly codes: readonly Found[];
  /** Lines of fenced blocks. */
  readonly fenced: readonly Found[];
  /** Targets of links and pictures that lead neither to a host nor to a mailbox. */
  readonly links: readonly Found[];
  /** What can follow a # in a link to this page. */
  readonly anchors: ReadonlySet<string>;
}

/** A piece of a page with its line, counted from 1. */
export interface Found {
  readonly text: string;
  readonly line: number;
}

/** Reads Markdown as GitHub shows it: fences hide links and headings, a repeated heading gets a number. */
export function readPage(path: string, text: string): Page {
  const codes: Found[] = [];
  const fenced: Found[] = [];
  const links: Found[] = [];
  const headings: string[] = [];
  let fence: string | null = null;
  for (const [index, content] of text.split("\n").entries()) {
    const line = index + 1;
    const mark = /^\s*(```+|~~~+)/.exec(content)?.[1] ?? null;
    if (fence !== null) {
      if (mark?.startsWith(fence)) fence = null;
      else fenced.push({ text: content, line });
      continue;
    }
    fence = mark;
    if (mark !== null) continue;
    codes.push(...[...content.matchAll(/`([^`]+)`/g)].map((match) => ({ text: match[1] ?? "", line })));
    const plain = content.replace(/`[^`]*`/g, "``");
    links.push(...readLinks(plain).map((target) => ({ text: target, line })));
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(content)?.[1];
    if (heading !== undefined) headings.push(heading);
  }
  return { path, text, codes, fenced, links, anchors: slugs(headings) };
}

function readLinks(line: string): string[] {
  const inline = [...line.matchAll(/\]\(\s*<?([^)\s>]+)/g)].map((match) => match[1] ?? "");
  const defined = /^\s*\[[^\]]+\]:\s*(\S+)/.exec(line)?.[1];
  return [...inline, ...(defined === undefined ? [] : [defined])].filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
}

/** GitHub's way of making anchors of headings. */
function slugs(headings: readonly string[]): ReadonlySet<string> {
  const found = new Map<string, number>();
  const anchors = new Set<string>();
  for (const heading of headings) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
      .replaceAll(" ", "-");
    const count = found.get(slug) ?? 0;
    found.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

/** The rows of all tables of a page, cell by cell, without the code marks around a cell. */
export function readRows(page: Page): readonly (readonly string[])[] {
  return page.text
    .split("\n")
    .filter((line) => /^\s*\|.*\|\s*$/.test(line) && !/^[\s|:-]+$/.test(line))
    .map((line) =>
      line
        .trim()
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replace(/^`([^`]*)`$/, "$1")),
    );
}
