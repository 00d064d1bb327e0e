import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Page, readPage } from "./pages.ts";

export const root = join(import.meta.dirname, "../..");

/** What .gitignore names, and what belongs to git itself. */
export const untracked = new Set(["node_modules", "dist", "data", "coverage", ".wrangler", "shots", ".git"]);

/** Every file that a clone would contain, sorted; what .gitignore names is left out. */
export function readPaths(folder = root): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !untracked.has(entry.name) && !entry.name.endsWith(".log"))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? readPaths(path) : [relative(root, path)];
    })
    .sort();
}

/** The documents of the package: those at its root and all below docs/. */
export function readPages(): readonly Page[] {
  const paths = readPaths().filter((path) => /^(?:[A-Z]+\.md|docs\/.*\.md)$/.test(path));
  return paths.map((path) => readPage(path, readText(path)));
}

/** The text of a file of the package. */
export function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** True for a file or folder of the package. */
export function isThere(path: string): boolean {
  return existsSync(join(root, path));
}
