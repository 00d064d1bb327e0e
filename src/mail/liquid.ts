import { Liquid, type Template as Parsed } from "liquidjs";
import { wrapText } from "./plaintext.ts";
import { TemplateError, type TemplateSource } from "./template.ts";
import { type OwnTexts, type TextParameters, type Texts, textsFor } from "./texts.ts";

/** These read the clock, chance or the machine's zone; a mail must be a pure function of its input (FMT-10). */
const impureFilters = [
  "date",
  "date_to_xmlschema",
  "date_to_rfc822",
  "date_to_string",
  "date_to_long_string",
  "sample",
];

/** One template, parsed, of one set of files. */
export interface Template {
  render(data: object): string;
}

/** The output of one template. Values are escaped in `.html.liquid` files and printed raw in all others. */
export function render(source: TemplateSource, path: string, data: object): string {
  return prepare(source, path).render(data);
}

/** Parses a template now, so that a broken one is named before it is needed. Includes are read when rendered. */
export function prepare(source: TemplateSource, path: string): Template {
  const text = readTemplate(source, path);
  const engine = engineFor(source, path.endsWith(".html.liquid"));
  const known = engine.parsed.get(path);
  if (known?.text !== text) {
    engine.parsed.delete(path);
    const made = guard(engine, path, {}, () => engine.liquid.parse(text, path));
    engine.parsed.set(path, { text, templates: made });
  }
  const templates = engine.parsed.get(path)?.templates ?? [];
  return {
    render: (data) =>
      guard(engine, path, data, () => String(engine.liquid.renderSync(templates, data, spoken(source, data)))),
  };
}

/** The text of a template; a missing one and a path that leaves the folder are errors (SEC-08). */
export function readTemplate(source: TemplateSource, path: string): string {
  const text = isInside(path) ? source.read(path) : undefined;
  if (text === undefined) {
    throw new TemplateError(
      path,
      0,
      "this template is missing",
      "Put it back, or take the one that ships with Tidings",
    );
  }
  return text;
}

function isInside(path: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/.test(path) && !path.includes("..");
}

/** Texts come in the language that the data name, and in a newsletter's own words where they hold some. */
function spoken(source: TemplateSource, data: object): { globals: { texts: () => Texts } } {
  const { language, own } = data as { language?: unknown; own?: OwnTexts };
  let texts: Texts | undefined;
  return {
    globals: {
      texts: () => {
        texts ??= textsFor(source, typeof language === "string" ? language : "", own);
        return texts;
      },
    },
  };
}

/** `{{ "key" | t: name: value }}`, and `th` for HTML, whose values must be safe as they are. */
function addTexts(liquid: Liquid): void {
  type Held = { context: { globals: object } };
  type Named = readonly (readonly [string, unknown])[];
  const textsOf = ({ context }: Held): Texts => (context.globals as ReturnType<typeof spoken>["globals"]).texts();
  const valuesOf = (given: Named): TextParameters =>
    Object.fromEntries(given.map(([name, value]) => [name, typeof value === "number" ? value : String(value ?? "")]));
  liquid.registerFilter("t", function (this: Held, key: string, ...given: Named) {
    return textsOf(this)(key, valuesOf(given));
  });
  liquid.registerFilter("th", function (this: Held, key: string, ...given: Named) {
    return textsOf(this).html(key, valuesOf(given));
  });
}

interface Engine {
  readonly liquid: Liquid;
  /** Parsed files by path; a file whose text has changed since is parsed anew. */
  readonly parsed: Map<string, { readonly text: string; readonly templates: Parsed[] }>;
}

const engines = new WeakMap<TemplateSource, { readonly html: Engine; readonly plain: Engine }>();

function engineFor(source: TemplateSource, escapes: boolean): Engine {
  const known = engines.get(source) ?? { html: createEngine(source, true), plain: createEngine(source, false) };
  engines.set(source, known);
  return escapes ? known.html : known.plain;
}

function createEngine(source: TemplateSource, escapes: boolean): Engine {
  const parsed: Engine["parsed"] = new Map();
  const load = (path: string): string | undefined => (isInside(path) ? source.read(path) : undefined);
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    relativeReference: false,
    root: ["."],
    ...(escapes ? { outputEscape: "escape" as const } : {}),
    fs: {
      sep: "/",
      resolve: (_folder, file) => file,
      dirname: () => "",
      existsSync: (path) => load(path) !== undefined,
      exists: async (path) => load(path) !== undefined,
      readFileSync: (path) => load(path) ?? "",
      readFile: async (path) => load(path) ?? "",
    },
    cache: cacheOf(parsed, load),
  });
  for (const filter of impureFilters) liquid.unregisterFilter(filter);
  addTexts(liquid);
  liquid.registerFilter("wrap", wrapText);
  return { liquid, parsed };
}

/** liquidjs asks by kind and path, "partials:mail/x.liquid"; a file changed since is answered as unknown. */
function cacheOf(
  parsed: Engine["parsed"],
  load: (path: string) => string | undefined,
): {
  read(key: string): Parsed[] | undefined;
  write(key: string, templates: Parsed[] | Promise<Parsed[]>): void;
  remove(key: string): void;
} {
  const pathOf = (key: string): string => key.slice(key.indexOf(":") + 1);
  return {
    read(key) {
      const known = parsed.get(pathOf(key));
      return known !== undefined && known.text === load(pathOf(key)) ? known.templates : undefined;
    },
    write(key, templates) {
      const text = load(pathOf(key));
      if (text !== undefined && Array.isArray(templates)) parsed.set(pathOf(key), { text, templates });
    },
    remove(key) {
      parsed.delete(pathOf(key));
    },
  };
}

function guard<T>(engine: Engine, path: string, data: object, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Error ? explain(engine, path, error, data) : error;
  }
}

interface Located {
  readonly file?: string;
  readonly input?: string;
  getPosition?(): number[];
}

function explain(engine: Engine, path: string, error: Error, data: object): Error {
  const { token, originalError } = error as { token?: Located; originalError?: unknown };
  // Thrown by a source while liquidjs read from it, and wrapped since.
  if (originalError instanceof TemplateError) return originalError;
  if (error instanceof TemplateError || token === undefined) return error;
  // Some of liquidjs's tokens carry no file, but all carry the text they were cut from.
  const file = token.file ?? [...engine.parsed].find(([, known]) => known.text === token.input)?.[0] ?? path;
  const [fault, remedy] = describe(error, data);
  return new TemplateError(file, token.getPosition?.()[0] ?? 0, fault, remedy);
}

function describe(error: Error, data: object): [fault: string, remedy: string] {
  const bare = error.message.replace(/(, file:.*)?, line:\d+, col:\d+$/, "");
  const variable = /^undefined variable: (.*)$/.exec(bare)?.[1];
  if (variable !== undefined) {
    return [`there is no value called "${variable}"`, `This template is given ${Object.keys(data).sort().join(", ")}`];
  }
  const partial = /^ENOENT: Failed to lookup "(.*?)"/.exec(bare)?.[1];
  if (partial !== undefined) {
    return [`it includes "${partial}", which does not exist`, "Name it by its path from the templates folder"];
  }
  const filter = /^undefined filter: (.*)$/.exec(bare)?.[1];
  if (filter !== undefined) {
    const impure = impureFilters.includes(filter);
    return [
      `the filter "${filter}" is not available`,
      impure ? "Mails must not depend on clock or chance; dates are given ready to print" : "Check its spelling",
    ];
  }
  return [`broken Liquid: ${bare}`, "Correct the template, or take the one that ships with Tidings"];
}
