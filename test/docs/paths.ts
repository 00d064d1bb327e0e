import { posix } from "node:path";
import type { Page } from "./pages.ts";

/** Paths that exist only on a site, or are invented for an example. */
const examples = /^(?:data|site|my-[\w-]+)\/|^(?:issue|letter|my-[\w-]+)\.md$/;
const media = /^(?:text|image|application|multipart|message)\//;
const known = /\.(?:ts|js|md|json|sql|toml|liquid|css|html|service|txt|svg|png|yml)$/;
/** In a command or listing only what begins with a folder of ours is taken for a path. */
const ours = /(?<![\w./-])(?:src|test|docs|build|bin|deploy|examples|bench|templates|\.ci)\/[\w./@-]*\w/g;

/** Paths in code marks and commands that are not there. `packages`: names that look like paths and are none. */
export function missingPaths(page: Page, isThere: (path: string) => boolean, packages: readonly string[]): string[] {
  const named = page.codes.flatMap(({ text, line }) => (isPath(text, packages) ? [{ text, line }] : []));
  const used = page.fenced.flatMap(({ text, line }) =>
    [...text.matchAll(ours)].map((match) => ({ text: match[0], line })),
  );
  return [...named, ...used]
    .filter(({ text }) => !readings(page, text).some(isThere))
    .map(({ text, line }) => `${page.path}:${line} names ${text}, which is not there`);
}

/** A path is told from the root, from the page's folder, as sites see it from templates/, or as a module of src. */
function readings(page: Page, text: string): readonly string[] {
  const path = text.replace(/\/$/, "");
  const here = posix.join(posix.dirname(page.path), path);
  return [path, here, `templates/${path}`, `templates/mail/${path}`, `src/${path}`, `src/${path}.ts`];
}

function isPath(text: string, packages: readonly string[]): boolean {
  if (!/^\.?[\w@][\w@./-]*$/.test(text) || !(text.includes("/") || known.test(text))) return false;
  // `.html.liquid` is an ending, `.npmrc` a file.
  if (/^(?:\.[a-z]+){2,}$/.test(text)) return false;
  if (examples.test(text) || media.test(text) || text.startsWith("@")) return false;
  return !packages.some((name) => text === name || text.startsWith(`${name}/`));
}

/** Links to pages, files or headings that are not there. */
export function brokenLinks(page: Page, pages: readonly Page[], isThere: (path: string) => boolean): string[] {
  return page.links.flatMap(({ text, line }) => {
    const [file = "", anchor] = text.split("#");
    const path = file === "" ? page.path : posix.join(posix.dirname(page.path), file);
    if (!isThere(path)) return [`${page.path}:${line} links to ${text}, which is not there`];
    const target = pages.find((one) => one.path === path);
    const lost = anchor !== undefined && target !== undefined && !target.anchors.has(decodeURIComponent(anchor));
    return lost ? [`${page.path}:${line} links to ${text}, a heading that is not there`] : [];
  });
}

/** Pages that no way of links from `start` leads to. */
export function lonelyPages(pages: readonly Page[], start: string): string[] {
  const reached = new Set<string>();
  function follow(path: string): void {
    const page = pages.find((one) => one.path === path);
    if (page === undefined || reached.has(path)) return;
    reached.add(path);
    for (const { text } of page.links) follow(posix.join(posix.dirname(path), text.split("#")[0] ?? ""));
  }
  follow(start);
  return pages.map(({ path }) => path).filter((path) => !reached.has(path));
}
