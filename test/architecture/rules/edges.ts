import { isPackage, part, type Rule, type Source } from "../source.ts";
import { readGlobals } from "../words.ts";
import { line } from "./line.ts";

const webParts = new Set(["http", "app.ts", "node", "worker", "cli"]);

function isHono(specifier: string | null): specifier is string {
  return specifier !== null && isPackage(specifier, "hono", "@hono/");
}

function checkHono(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => !webParts.has(part(path) ?? ""))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => isHono(specifier))
        .map(({ specifier, line: at }) => `${path}:${at} imports ${specifier}`),
    );
}

/** Hono is an edge. */
export const honoRule: Rule = {
  name: "only http/, app.ts, node/, worker/ and cli/ know Hono",
  scope: ["src"],
  check: checkHono,
  planted: {
    hono: { "src/jobs.ts": 'import { Hono } from "hono";' },
    "a part of hono": { "src/mail/page.ts": 'import { html } from "hono/html";' },
    "a package of hono's": { "src/dispatch/feedback.ts": 'import type { z } from "@hono/zod-openapi";' },
  },
  spared: {
    "http/": { "src/http/page.ts": 'import { html } from "hono/html";' },
    "app.ts": { "src/app.ts": 'import { OpenAPIHono } from "@hono/zod-openapi";' },
    "cli/": { "src/cli/client.ts": 'import { hc } from "hono/client";' },
    "a package whose name begins alike": {
      "src/jobs.ts": 'import { a } from "honolulu"; import { b } from "@honor/b";',
    },
  },
};

const names = line.flat();
const concepts = new Set(names.slice(names.indexOf("context.ts") + 1, names.indexOf("dispatch")));
const webGlobals = new Set(["fetch", "Request", "Response", "FormData"]);

function checkConcepts(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => concepts.has(part(path) ?? ""))
    .flatMap((source) => [
      ...source.imports
        .filter(
          ({ specifier }) => isHono(specifier) || /^\.\.\/provider\//.test(specifier ?? "") || specifier === "resend",
        )
        .map(({ specifier, line: at }) => `${source.path}:${at} imports ${specifier}`),
      ...readGlobals(source, (name) => webGlobals.has(name)).map(
        ({ name, line: at }) => `${source.path}:${at} uses ${name}`,
      ),
    ]);
}

/** The concepts can be moved to any edge and any way out. */
export const conceptRule: Rule = {
  name: "concepts know neither HTTP nor providers",
  scope: ["src"],
  check: checkConcepts,
  planted: {
    "a provider": { "src/issue/test.ts": 'import { createOutbox } from "../provider/outbox.ts";' },
    "a type of a provider": { "src/delivery/settle.ts": 'import type { Outcome } from "../provider/contract.ts";' },
    "a provider's package": { "src/subscription/confirm.ts": 'import { Resend } from "resend";' },
    hono: { "src/newsletter/find.ts": 'import { HTTPException } from "hono/http-exception";' },
    "a fetch of its own": { "src/suppression/add.ts": "const answer = await fetch(url);" },
    "an answer of its own": { "src/suppression/add.ts": "return new Response();" },
  },
  spared: {
    dispatch: { "src/dispatch/run.ts": 'import type { Outcome } from "../provider/contract.ts";' },
    "a verb called fetch": { "src/issue/find.ts": "rows.fetch(1); const a = { fetch: 1 };" },
    "a type of its own": { "src/subscription/subscribe.ts": "interface Request { a: 1 }\nlet b: Request;" },
    "mail and store": { "src/issue/send.ts": 'import { compile } from "../mail/compile.ts";' },
  },
};

/** Parts that may name `ctx.provider`: dispatch uses it, context declares it, the edges build it. */
const providerParts = new Set(["dispatch", "provider", "context.ts"]);
const builders = new Set(["node", "worker"]);
const calls = new Set(["notices", "issue", "send", "limits"]);

function checkProvider(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => !providerParts.has(part(path) ?? ""))
    .flatMap(({ path, tokens }) =>
      tokens.flatMap(({ kind, text, line: at }, index) => {
        if (kind !== "word" || text !== "provider") return [];
        const [owner, dot] = [tokens[index - 2]?.text ?? "", tokens[index - 1]?.text ?? ""];
        const member = tokens[index + 1]?.text === "." ? (tokens[index + 2]?.text ?? "") : "";
        const reads = (dot === "." || dot === "?.") && (/^(?:ctx|context)$/.test(owner) || calls.has(member));
        const uses = builders.has(part(path) ?? "") ? reads && calls.has(member) : reads || unpacks(tokens, index);
        return uses ? [`${path}:${at} reaches for the provider`] : [];
      }),
    );
}

/** `const { provider } = ctx` and `({ provider }: AppContext)` */
function unpacks(tokens: Source["tokens"], index: number): boolean {
  if (!["{", ","].includes(tokens[index - 1]?.text ?? "")) return false;
  const end = tokens.findIndex(({ text }, at) => at > index && text === "}");
  const next = tokens[end + 1]?.text;
  return (next === "=" || next === ":") && /^(?:ctx|context|AppContext)$/.test(tokens[end + 2]?.text ?? "");
}

/** Paying is dispatch's alone, so that nothing leaves without a row in the ledger (REL-03). */
export const providerRule: Rule = {
  name: "only dispatch/ uses ctx.provider",
  scope: ["src"],
  check: checkProvider,
  planted: {
    "a page that sends": { "src/http/public.ts": "await ctx.provider.notices([mail]).send(key);" },
    "a job that sends": { "src/jobs.ts": "const parcel = ctx.provider.issue(mail);" },
    "a verb that passes it on": { "src/subscription/confirm.ts": "send(ctx.provider);" },
    "a context under another name": { "src/http/admin.ts": "const { limits } = app.provider.limits;" },
    "a provider unpacked from the context": { "src/jobs.ts": "const { store, provider } = ctx;" },
    "a provider unpacked from a parameter": { "src/jobs.ts": "function turn({ provider }: AppContext) {}" },
    "an edge that sends": { "src/node/serve.ts": "await ctx.provider.notices([]).send(key);" },
  },
  spared: {
    dispatch: { "src/dispatch/run.ts": "const parcel = ctx.provider.notices(mails);" },
    "an edge that builds it": { "src/node/context.ts": "const ctx = { store, provider: createOutbox(keep), log };" },
    "a setting of the same name": { "src/http/health.ts": 'const real = ctx.config.provider === "resend";' },
    "a column of the same name": { "src/delivery/settle.ts": "const by = row.provider;" },
  },
};
