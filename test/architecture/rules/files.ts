import { readFunctions } from "../functions.ts";
import { readOddExports } from "../imports.ts";
import { part, type Rule, type Source } from "../source.ts";

/** In lines, the last one counted too. */
export function fileLength(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}

const everywhere = ["src", "test", "bench", "examples", "build"];

/** A Worker's entry is its default export, and a `.d.ts` describes a package as it is; everything else has a name. */
function mayDefault(path: string): boolean {
  return part(path) === "worker" || path === "bench/worker/main.ts" || path.endsWith(".d.ts");
}

/** Names say what is exported, where it is written. */
export const exportRule: Rule = {
  name: "no file has an export * or a default export that no runtime demands",
  scope: everywhere,
  check: (sources) =>
    sources.flatMap(({ path, tokens }) =>
      readOddExports(tokens)
        .filter(({ what }) => what === "star" || !mayDefault(path))
        .map(({ what, line }) => `${path}:${line} has ${what === "star" ? "an export *" : "a default export"}`),
    ),
  planted: {
    "a star": { "src/mail/all.ts": 'export * from "./compose.ts";' },
    "a star with a name": { "src/mail/all.ts": 'export * as mail from "./compose.ts";' },
    "a star of types": { "src/mail/all.ts": 'export type * from "./message.ts";' },
    "a star in worker/": { "src/worker/main.ts": 'export * from "./queue.ts";' },
    "a default value": { "src/mail/compose.ts": "export default { compose };" },
    "a default function": { "test/mail/cast.ts": "export default function cast() {}" },
    "a default by another name": { "src/mail/compose.ts": "export { compose as default };" },
    "a default passed on": { "src/mail/compose.ts": 'export { default } from "./other.ts";' },
  },
  spared: {
    "a Worker's entry": { "src/worker/main.ts": "export default { fetch, queue } satisfies Handler;" },
    "a package's type": { "src/mail/juice-client.d.ts": "declare function juice(): string; export default juice;" },
    "a default that is imported": { "src/mail/css.ts": 'import juice, { default as again } from "juice/client";' },
    "a default case": { "src/mail/css.ts": "export function f(x: number) { switch (x) { default: return 1; } }" },
    "a product": { "src/mail/css.ts": "export const a = b * c; const s = 'export * from';" },
    "a default passed on by name": { "src/mail/css.ts": 'export { default as juice } from "juice";' },
  },
};

const grabBags = /^(?:utils?|helpers?|misc|common|types|shared|index)$/;

/** A file is called by what it does; a folder's name carries the noun. */
export const nameRule: Rule = {
  name: "no file is an index or a grab bag",
  scope: everywhere,
  check: (sources) =>
    sources
      .filter(({ path }) => path.split("/").some((name) => grabBags.test(name.replace(/\..*$/, ""))))
      .map(({ path }) => `${path} is named after nothing it does`),
  planted: {
    "index.ts": { "src/mail/index.ts": "" },
    "utils.ts": { "src/mail/utils.ts": "" },
    "util.ts": { "test/mail/util.ts": "" },
    "helpers.test.ts": { "test/mail/helpers.test.ts": "" },
    "misc.ts": { "src/misc.ts": "" },
    "common/": { "src/http/common/page.ts": "" },
    "types.ts": { "src/store/types.ts": "" },
    "types.d.ts": { "src/types.d.ts": "" },
  },
  spared: {
    "a name that contains one": { "src/mail/content-types.ts": "", "src/store/index-plan.ts": "" },
    "a name that begins alike": { "src/mail/commonmark.ts": "" },
  },
};

const longestFile = 300;
const longestFunction = 60;

/** What does not fit is two things. */
export const fileLengthRule: Rule = {
  name: `no file of src has over ${longestFile} lines`,
  scope: ["src"],
  check: (sources) =>
    sources
      .filter(({ text }) => fileLength(text) > longestFile)
      .map(({ path, text }) => `${path} has ${fileLength(text)} lines`),
  planted: { "301 lines": { "src/mail/long.ts": "//\n".repeat(301) } },
  spared: { "300 lines": { "src/mail/long.ts": "//\n".repeat(300) } },
};

function checkFunctions(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, tokens }) =>
    readFunctions(tokens)
      .filter(({ length }) => length > longestFunction)
      .map(({ name, line, length }) => `${path}:${line} ${name} has ${length} lines`),
  );
}

/** `head`, then a body that makes the whole function `length` lines long. */
function ofLength(length: number, head: string, end = "}"): string {
  return `${head}\n${"  step();\n".repeat(length - 2)}${end}`;
}

/** Callbacks without a name count too. */
export const functionLengthRule: Rule = {
  name: `no function of src has over ${longestFunction} lines`,
  scope: ["src"],
  check: checkFunctions,
  planted: {
    "a declaration": { "src/a.ts": ofLength(61, "export async function a(x: number): Promise<void> {") },
    "a declaration whose type has braces": { "src/a.ts": ofLength(61, "function a<T extends { b: 1 }>(): { c: T } {") },
    "a declaration that promises a type": { "src/a.ts": ofLength(61, "function a(x: unknown): x is { c: 1 } {") },
    "a declaration whose head has many lines": {
      "src/a.ts": `function a(\n${"  b: string,\n".repeat(58)}) {\n}`,
    },
    "an arrow bound to a name": {
      "src/a.ts": ofLength(61, "const a = async (x: number): Promise<() => void> => {", "};"),
    },
    "an arrow that returns an expression": { "src/a.ts": `const a = (x) => [\n${"  1,\n".repeat(59)}];` },
    "an arrow without brackets": { "src/a.ts": ofLength(61, "const a = x => {", "};") },
    "a function expression": { "src/a.ts": ofLength(61, "const a = function () {", "};") },
    "a callback without a name": { "src/a.ts": ofLength(61, 'app.get("/", async (c) => {', "});") },
    "a method of an object": { "src/a.ts": `const a = { ${ofLength(61, "get(x: string): string {")} };` },
    "a method of a class": { "src/a.ts": `class A { ${ofLength(61, "override async get<T>(x: T) {")} }` },
    "a constructor": { "src/a.ts": `class A extends Error { ${ofLength(61, "constructor() {")} }` },
    "a computed method": { "src/a.ts": `const a = { ${ofLength(61, "async [Symbol.asyncDispose]() {")} };` },
    "a function inside another": { "src/a.ts": `if (a) { ${ofLength(61, "function b() {")} }` },
    "a template of many lines": { "src/a.ts": `function a() {\n  return \`${"\n".repeat(59)}\`;\n}` },
  },
  spared: {
    "sixty lines": { "src/a.ts": ofLength(60, "function a(): { b: string } {") },
    "a short function that returns a function's type": {
      "src/a.ts": `${ofLength(20, "function a(b: B): (c: C) => D {")}\n${"e();\n".repeat(90)}`,
    },
    "a long block": { "src/a.ts": ofLength(90, "if (a(b)) {") },
    "a long loop": { "src/a.ts": ofLength(90, "for await (const a of b(c)) {") },
    "a long catch": { "src/a.ts": `try { a(); } ${ofLength(90, "catch (error) {")}` },
    "a long switch": { "src/a.ts": ofLength(90, "switch (a()) {") },
    "a long table": { "src/a.ts": `const a = {\n${'  b: c("d"),\n'.repeat(90)}};` },
    "a long type": { "src/a.ts": `interface A {\n${"  b(c: string): { d: 1 };\n".repeat(90)}}` },
    "a long class of short methods": { "src/a.ts": `class A extends B(c) {\n${"  get() {}\n".repeat(90)}}` },
    "a long call": { "src/a.ts": `const a = b(\n${"  (c) => c + 1,\n".repeat(90)});` },
  },
};
