// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source text
import { part, type Rule, type Source, target } from "../source.ts";

/** The parts of src from left to right; those of one row stand side by side. */
export const line: readonly (readonly string[])[] = [
  [
    "errors.ts",
    "config.ts",
    "log.ts",
    "nearest.ts",
    "networks.ts",
    "memory.ts",
    "mail-server.ts",
    "mail-host.ts",
    "input.ts",
  ],
  ["store"],
  ["mail"],
  ["provider"],
  ["context.ts"],
  ["instance"],
  ["newsletter"],
  ["suppression"],
  ["delivery"],
  ["subscriber"],
  ["subscription"],
  ["issue"],
  ["transfer"],
  ["dispatch"],
  ["jobs.ts"],
  ["http"],
  ["app.ts"],
  ["node", "worker"],
  ["cli"],
];

const rank = new Map(line.flatMap((row, at) => row.map((name) => [name, at] as const)));
/** Only these may be imported by a neighbour of the same row: node and worker never meet. */
const roots = new Set(line[0]);

function checkLine(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const own = part(source.path) ?? "";
    const from = rank.get(own);
    if (from === undefined) return [`${source.path} stands nowhere on the line`];
    return source.imports.flatMap(({ specifier, line: at }) => {
      const here = `${source.path}:${at}`;
      if (specifier === null) return [`${here} imports a computed path, which nobody can check`];
      const path = target(source, specifier);
      if (path === null) return [];
      // Templates, bundled as text.
      if (own === "worker" && /^templates\/.+\.(?:liquid|yaml|txt)$/.test(path)) return [];
      const other = part(path);
      if (other === null) return [`${here} leaves src for ${path}`];
      const to = rank.get(other);
      if (to === undefined) return [`${here} imports ${path}, which stands nowhere on the line`];
      const beside = other === own || (roots.has(other) && roots.has(own));
      return to < from || beside ? [] : [`${here} imports ${path}, which is not to its left`];
    });
  });
}

/** An arrow of the line that points to the right is forbidden, whatever kind of import draws it. */
export const lineRule: Rule = {
  name: "imports go only to the left along the line",
  scope: ["src"],
  check: checkLine,
  planted: {
    "a value": { "src/mail/links.ts": 'import { find } from "../issue/find.ts";' },
    "a type": { "src/store/rows.ts": 'import type { AppContext } from "../context.ts";' },
    "a type inside braces": { "src/store/rows.ts": 'import { type AppContext } from "../context.ts";' },
    "a type where it is used": { "src/store/rows.ts": 'type A = import("../context.ts").AppContext;' },
    "a dynamic import": { "src/issue/send.ts": 'const m = await import("../dispatch/plan.ts");' },
    "a dynamic import inside a template": { "src/issue/send.ts": "const m = `${await import(`../jobs.ts`)}`;" },
    "a side effect": { "src/issue/send.ts": 'import "../http/guard.ts";' },
    "a re-export": { "src/issue/send.ts": 'export { plan } from "../dispatch/plan.ts";' },
    "a re-exported type": { "src/issue/send.ts": 'export type { Plan } from "../dispatch/plan.ts";' },
    "an import after an apostrophe in a comment": {
      "src/issue/send.ts": '// it isn\'t\nimport { plan } from "../dispatch/plan.ts";',
    },
    "an import after a regular expression with a quote": {
      "src/issue/send.ts": 'const q = /["\'`]/.test(x);\nconst m = import("../dispatch/plan.ts");',
    },
    "an import after a regular expression in a template": {
      "src/issue/send.ts": 'const q = `${/`/.test(x)}`;\nconst m = import("../dispatch/plan.ts");',
    },
    "a neighbour of the same row": { "src/node/serve.ts": 'import { bind } from "../worker/bind.ts";' },
    "a computed path": { "src/issue/send.ts": "const m = await import(`../${name}.ts`);" },
    "a template outside of worker/": { "src/http/page.ts": 'import text from "../../templates/page/hub.html.liquid";' },
    "a way out of src": { "src/issue/send.ts": 'import { cast } from "../../test/cast.ts";' },
    "a folder that is not on the line": { "src/shared/text.ts": "export const a = 1;" },
    "a path that is not on the line": { "src/cli/main.ts": 'import { a } from "../shared/text.ts";' },
  },
  spared: {
    "an import from the left": { "src/dispatch/plan.ts": 'import { find } from "../issue/find.ts";' },
    "an import from the same folder": { "src/mail/links.ts": 'import { sign } from "./tokens.ts";' },
    "an import between the files at the root": { "src/config.ts": 'import { AppError } from "./errors.ts";' },
    "a template that a Worker brings along": {
      "src/worker/templates.ts": 'import text from "../../templates/page/hub.html.liquid";',
    },
    "a package": { "src/mail/links.ts": 'import { hmac } from "@noble/hashes/hmac.js";' },
    "a comment that talks of an import": {
      "src/mail/links.ts": '// import { x } from "../cli/main.ts";\n/* import("../app.ts") */',
    },
    "a string that looks like an import": { "src/mail/links.ts": "const s = 'import \"../cli/main.ts\"';" },
    "a template that looks like an import": { "src/mail/links.ts": 'const s = `import x from "../cli/main.ts";`;' },
    "a regular expression that looks like an import": {
      "src/mail/links.ts": 'const s = /import "..\\/cli\\/main.ts"/;',
    },
    "a division that looks like a regular expression": {
      "src/mail/links.ts": 'const s = (a + b) / 2; const t = "import"; const u = c / d;',
    },
    "a property called import": {
      "src/mail/links.ts": 'const s = { import: "../cli/main.ts" }; s.import("../cli/main.ts");',
    },
    "import.meta": { "src/mail/links.ts": "const s = import.meta.url;" },
  },
};
