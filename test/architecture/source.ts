import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { type Import, readImports } from "./imports.ts";
import { type Token, tokenize } from "./tokens.ts";

/** One file as the rules see it. */
export interface Source {
  /** From the root of the package, with slashes: `src/issue/send.ts`. */
  readonly path: string;
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly imports: readonly Import[];
}

/** A rule of the house. It must find a fault in each planted set, and none in each spared one. */
export interface Rule {
  /** A sentence; the title of its tests. */
  readonly name: string;
  /** Which part of the tree it reads. */
  readonly scope: readonly string[];
  /** One line per fault: `src/a.ts:3 …`. */
  readonly check: (sources: readonly Source[]) => readonly string[];
  readonly planted: Readonly<Record<string, Files>>;
  readonly spared: Readonly<Record<string, Files>>;
}

/** Path → source text. */
export type Files = Readonly<Record<string, string>>;

/** Reads one file's text; a file that cannot be read is an error that names it. */
export function readSource(path: string, text: string): Source {
  try {
    const tokens = tokenize(text);
    return { path, text, tokens, imports: readImports(tokens) };
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Every source of a planted tree. */
export function readFiles(files: Files): readonly Source[] {
  return Object.entries(files).map(([path, text]) => readSource(path, text));
}

const root = new URL("../../", import.meta.url);

/** Every TypeScript and JavaScript file below the named folders of this package, sorted by path. */
export function readTree(folders: readonly string[]): readonly Source[] {
  const paths = folders.flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
      .map((entry) => posix.relative(root.pathname, posix.join(entry.parentPath, entry.name)))
      // What wrangler bundles while a Worker runs.
      .filter((path) => !path.includes("/.wrangler/")),
  );
  return paths.sort().map((path) => readSource(path, readFileSync(new URL(path, root), "utf8")));
}

/** Where a relative import leads, from the root of the package; null for the name of a package. */
export function target(source: Source, specifier: string): string | null {
  if (!specifier.startsWith(".")) return null;
  return posix.join(posix.dirname(source.path), specifier.replace(/[?#].*$/, ""));
}

/** The part of `src` that a path belongs to: `src/issue/send.ts` → `issue`, `src/app.ts` → `app.ts`. */
export function part(path: string): string | null {
  const [top, name] = path.split("/");
  return top === "src" ? (name ?? null) : null;
}

/** True for the package itself and for what lies below it: `hono/jsx`, `@hono/zod-openapi`. */
export function isPackage(specifier: string, ...names: readonly string[]): boolean {
  return names.some((name) => specifier === name || specifier.startsWith(name.endsWith("/") ? name : `${name}/`));
}
