import type { Rule, Source } from "../source.ts";
import { target } from "../source.ts";

/** Follows imports depth first; a path that is met again on the way down closes a ring. */
function findRings(sources: readonly Source[]): string[] {
  const edges = new Map(
    sources.map((source) => [
      source.path,
      source.imports.flatMap(({ specifier }) => (specifier === null ? [] : (target(source, specifier) ?? []))),
    ]),
  );
  const done = new Set<string>();
  const rings = new Set<string>();
  function walk(path: string, way: readonly string[]): void {
    const start = way.indexOf(path);
    if (start >= 0) rings.add([...way.slice(start), path].join(" → "));
    if (start >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) walk(next, [...way, path]);
    done.add(path);
  }
  for (const path of edges.keys()) walk(path, []);
  return [...rings];
}

/** Inside a folder the line says nothing, so rings are looked for between files. */
export const ringRule: Rule = {
  name: "no files import each other in a ring, types included",
  scope: ["src"],
  check: findRings,
  planted: {
    "two files of one folder": {
      "src/mail/a.ts": 'import { b } from "./b.ts";',
      "src/mail/b.ts": 'import { a } from "./a.ts";',
    },
    "a ring of types": {
      "src/mail/a.ts": 'import type { B } from "./b.ts";',
      "src/mail/b.ts": 'import type { A } from "./a.ts";',
    },
    "a ring closed where a type is used": {
      "src/mail/a.ts": 'import { b } from "./b.ts";',
      "src/mail/b.ts": 'export type B = import("./c.ts").C;',
      "src/mail/c.ts": 'export type { A as C } from "./a.ts";',
    },
    "a file that imports itself": { "src/mail/a.ts": 'import type { A } from "./a.ts";' },
    "two files at the root": {
      "src/config.ts": 'import { nearest } from "./nearest.ts";',
      "src/nearest.ts": 'import type { Config } from "./config.ts";',
    },
  },
  spared: {
    "two ways to the same file": {
      "src/mail/a.ts": 'import { b } from "./b.ts"; import { c } from "./c.ts";',
      "src/mail/b.ts": 'import { d } from "./d.ts";',
      "src/mail/c.ts": 'import { d } from "./d.ts";',
      "src/mail/d.ts": "export const d = 1;",
    },
    "a ring that a comment describes": {
      "src/mail/a.ts": 'import { b } from "./b.ts";',
      "src/mail/b.ts": '// import { a } from "./a.ts";',
    },
  },
};
