// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source text
import { builtinModules } from "node:module";
import { isPackage, part, type Rule, type Source } from "../source.ts";
import { readGlobals } from "../words.ts";

const nodeGlobals = new Set(["process", "Buffer", "NodeJS", "__dirname", "__filename", "setImmediate", "require"]);
const nodePackages = ["better-sqlite3", "nodemailer", "@hono/node-server"];
const nodeMeta = new Set(["dirname", "filename", "main"]);

function isNode(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(specifier) || isPackage(specifier, ...nodePackages);
}

function checkNode(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => part(path) !== "node" && part(path) !== "cli")
    .flatMap((source) => [
      ...source.imports
        .filter(({ specifier }) => specifier !== null && isNode(specifier))
        .map(({ specifier, line }) => `${source.path}:${line} imports ${specifier}`),
      ...readGlobals(source, (name) => nodeGlobals.has(name)).map(
        ({ name, line }) => `${source.path}:${line} uses ${name}`,
      ),
      ...source.tokens.flatMap(({ text, line }, at) => {
        const meta = [-4, -3, -2, -1].map((back) => source.tokens[at + back]?.text).join("") === "import.meta.";
        return meta && nodeMeta.has(text) ? [`${source.path}:${line} uses import.meta.${text}`] : [];
      }),
    ]);
}

/** Everything else must run in Cloudflare's workerd too. */
export const nodeRule: Rule = {
  name: "only node/ and cli/ know Node",
  scope: ["src"],
  check: checkNode,
  planted: {
    "a node: import": { "src/mail/html.ts": 'import { createHash } from "node:crypto";' },
    "a type of a node: module": { "src/http/page.ts": 'import type { Stats } from "node:fs";' },
    "a built-in without its prefix": { "src/mail/html.ts": 'import { join } from "path";' },
    "better-sqlite3": { "src/store/open.ts": 'import Database from "better-sqlite3";' },
    nodemailer: { "src/provider/smtp.ts": 'import { createTransport } from "nodemailer";' },
    "a dynamic import": { "src/app.ts": 'const fs = await import("node:fs");' },
    process: { "src/config.ts": "const port = process.env.PORT;" },
    "process after a question mark": { "src/config.ts": "const port = x ? process : y;" },
    "process of globalThis": { "src/config.ts": "const port = globalThis.process.env;" },
    Buffer: { "src/mail/mime.ts": 'const bytes = Buffer.from("a");' },
    "a type of Node": { "src/jobs.ts": "let timer: NodeJS.Timeout;" },
    "process inside a template": { "src/config.ts": "const port = `${process.pid}`;" },
    "import.meta.dirname": { "src/mail/source.ts": "const here = import.meta.dirname;" },
  },
  spared: {
    "node/": { "src/node/disk.ts": 'import { readFile } from "node:fs/promises"; process.exitCode = 1;' },
    "cli/": { "src/cli/main.ts": 'import { stdout } from "node:process"; Buffer.from("a");' },
    "a property called process": { "src/jobs.ts": "row.process = 1; const a = { process: 2 }; job?.process();" },
    "a member of a type": { "src/jobs.ts": "interface A { a: string; process?: string; readonly Buffer: number }" },
    "a string": { "src/jobs.ts": 'const a = "process"; // process' },
    "a package whose name begins alike": { "src/mail/a.ts": 'import { a } from "pathological";' },
  },
};

const workerGlobals =
  /^(?:D1[A-Z]\w*|KVNamespace|R2Bucket|DurableObject\w*|MessageBatch|ScheduledController|ExportedHandler|ExecutionContext)$/;

function checkWorker(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => part(path) !== "worker" && !/^src\/store\/d1(?:[.-]|\/)/.test(path))
    .flatMap((source) => [
      ...source.imports
        .filter(
          ({ specifier }) => specifier !== null && /^(?:cloudflare:|@cloudflare\/|hono\/cloudflare)/.test(specifier),
        )
        .map(({ specifier, line }) => `${source.path}:${line} imports ${specifier}`),
      ...readGlobals(source, (name) => workerGlobals.test(name)).map(
        ({ name, line }) => `${source.path}:${line} uses ${name}`,
      ),
    ]);
}

/** Worker names stay in worker/ and in the D1 dialect. */
export const workerRule: Rule = {
  name: "only worker/ and the D1 dialect know Cloudflare",
  scope: ["src"],
  check: checkWorker,
  planted: {
    "cloudflare:workers": { "src/http/page.ts": 'import { env } from "cloudflare:workers";' },
    "Cloudflare's types": { "src/context.ts": 'import type { Queue } from "@cloudflare/workers-types";' },
    "Hono's adapter": { "src/http/page.ts": 'import { serveStatic } from "hono/cloudflare-workers";' },
    "a type of D1": { "src/store/open.ts": "function open(db: D1Database) {}" },
    "a handler's type": { "src/jobs.ts": "export const handler = {} satisfies ExportedHandler;" },
  },
  spared: {
    "worker/": { "src/worker/main.ts": 'import { env } from "cloudflare:workers"; let db: D1Database;' },
    "the D1 dialect": { "src/store/d1.ts": "export function open(db: D1Database) {}" },
    "a word that only mentions it": {
      "src/store/open.ts": 'const limit = 100; // D1Database\nconst a = "D1Database";',
    },
    "a name that begins alike": { "src/store/open.ts": "const D1 = 1; row.D1Database = 2;" },
  },
};
