import { parse } from "yaml";
import { AppError } from "../errors.ts";
import { TemplateError, type TemplateSource } from "./template.ts";

/** What a text is filled with; numbers are written as the language writes them. */
export type TextParameters = Readonly<Record<string, string | number>>;

/** One text, or one for each plural category that the language has (CLDR), chosen by the parameter `count`. */
export type TextForm = string | Readonly<Record<string, string>>;

/** A newsletter's own wording by key, which comes before the files. */
export type OwnTexts = Readonly<Record<string, TextForm>>;

/** The texts of one language; what it lacks is said in English. */
export interface Texts {
  readonly language: string;
  /** Throws TemplateError for a key that no file has, and for a parameter that is not given. */
  (key: string, parameters?: TextParameters): string;
  /** The same for HTML: the text is escaped, and parameters are put in as they are. */
  html(key: string, parameters?: TextParameters): string;
}

/** What everything falls back to. */
export const sourceLanguage = "en";

/** Files of texts that are about one newsletter, so that it may have words of its own there. */
export const ownAreas = ["archive", "confirm", "embed", "leave", "mail", "signup"] as const;

/** The file that names all languages. */
export const languageList = "locale/languages.yaml";

/**
 * Languages that pages and mails can speak, by their tags, with the names that they call themselves: those that ship with Tidings
 * and a site's own. One whose name is no text, such as `pl: false`, is taken away.
 */
export function languagesOf(source: TemplateSource): ReadonlyMap<string, string> {
  const entries = Object.entries(readYaml(source, languageList) ?? {});
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** The language among those that fits a tag: itself, or what stands before its first hyphen; null where none does. */
export function speakable(source: TemplateSource, tag: string): string | null {
  const known = languagesOf(source);
  const [base = ""] = tag.split("-", 1);
  return known.has(tag) ? tag : known.has(base) ? base : null;
}

/** The language among those that fits a tag; throws `invalid`, naming them, where none does. */
export function requireSpeakable(source: TemplateSource, tag: string): string {
  const found = speakable(source, tag);
  if (found !== null) return found;
  throw new AppError("invalid", `No pages or mails are in the language "${tag}".`, {
    field: "language",
    hint: `Known: ${[...languagesOf(source).keys()].join(", ")}.`,
  });
}

/** The file that holds a key: what stands before its first dot. */
export function pathOfTexts(language: string, area: string): string {
  return `locale/${language}/${area}.yaml`;
}

/** The texts for a language tag; `own` comes before what the files say. */
export function textsFor(source: TemplateSource, tag: string, own: OwnTexts = {}): Texts {
  const language = speakable(source, tag) ?? sourceLanguage;
  const once = remembering(source);
  function say(key: string, parameters: TextParameters, shown: (text: string) => string): string {
    const found = own[key] !== undefined ? { form: own[key], language } : findText(once, language, key);
    const text = typeof found.form === "string" ? found.form : plural(found, key, parameters);
    const lack = (name: string) =>
      own[key] === undefined
        ? lacking(source, found.language, key, { name, given: parameters })
        : new Error(`The newsletter's own text ${key} needs the value "${name}", which it is not given`);
    return fill(shown(text), found.language, parameters, lack);
  }
  return Object.assign((key: string, parameters: TextParameters = {}) => say(key, parameters, (text) => text), {
    language,
    html: (key: string, parameters: TextParameters = {}) => say(key, parameters, escapeHtml),
  });
}

/** The keys of a file; null where there is no such file. */
type Files = (path: string) => Parsed | null;

/** The whole file of a path: what ships with Tidings, and what a site's own says in its place; undefined where there is none. */
export function wholeFile(source: TemplateSource, path: string): string | undefined {
  const own = source.read(path);
  return source.beneath?.(path) === undefined ? own : JSON.stringify(readYaml(source, path));
}

/** Asks for each file once: looking it up costs more than all the texts of a page. */
function remembering(source: TemplateSource): Files {
  const files = new Map<string, Parsed | null>();
  return (path) => {
    const known = files.get(path);
    const keys = known === undefined ? readYaml(source, path) : known;
    files.set(path, keys);
    return keys;
  };
}

/** The names of the parameters that a text uses. */
export function parametersOf(form: TextForm): string[] {
  const texts = typeof form === "string" ? [form] : Object.values(form);
  return [...new Set(texts.flatMap((text) => [...text.matchAll(parameter)].map(([, name = ""]) => name)))];
}

interface Found {
  readonly form: TextForm;
  readonly language: string;
}

/** The keys of an area, in the order of its English file. */
export function keysOf(source: TemplateSource, area: string): string[] {
  return Object.keys(readYaml(source, pathOfTexts(sourceLanguage, area)) ?? {});
}

/** The form of a key in a language, or in English; null where neither has it. */
export function formOf(source: TemplateSource, language: string, key: string): TextForm | null {
  return lookUp((path) => readYaml(source, path), language, key)?.form ?? null;
}

function findText(files: Files, language: string, key: string): Found {
  const found = lookUp(files, language, key);
  if (found !== null) return found;
  const path = pathOfTexts(sourceLanguage, areaOf(key));
  throw new TemplateError(path, 0, `there is no text "${key}"`, "Add it, or take the file that ships with Tidings");
}

function lookUp(files: Files, language: string, key: string): Found | null {
  for (const candidate of new Set([language, sourceLanguage])) {
    const form = files(pathOfTexts(candidate, areaOf(key)))?.[key];
    if (isForm(form)) return { form, language: candidate };
  }
  return null;
}

/** A key's file: what stands before its first dot. */
function areaOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf(".")));
}

function isForm(form: unknown): form is TextForm {
  return typeof form === "string" || (typeof form === "object" && form !== null);
}

function plural({ form, language }: Found, key: string, { count }: TextParameters): string {
  if (typeof count !== "number") throw new Error(`The text ${key} needs the number "count"`);
  const forms = form as Readonly<Record<string, string>>;
  const category = rulesFor(language).select(count);
  const text = forms[category] ?? forms.other;
  if (text !== undefined) return text;
  const path = pathOfTexts(language, areaOf(key));
  throw new TemplateError(path, 0, `the text "${key}" lacks the form "${category}"`, 'Write it, or at least "other"');
}

const parameter = /\{([a-z][A-Za-z0-9]*)\}/g;

function fill(text: string, language: string, parameters: TextParameters, lack: (name: string) => Error): string {
  return text.replace(parameter, (_whole, name: string) => {
    const value = parameters[name];
    if (value === undefined) throw lack(name);
    return typeof value === "number" ? numbersFor(language).format(value) : value;
  });
}

/** Names the file, and the line where the key stands: the template that asked for the text is not what is wrong. */
function lacking(
  source: TemplateSource,
  language: string,
  key: string,
  { name, given }: { readonly name: string; readonly given: TextParameters },
): TemplateError {
  const path = pathOfTexts(language, areaOf(key));
  const lines = (source.read(path) ?? "").split("\n");
  const line = lines.findIndex((text) => text.startsWith(`${key}:`)) + 1;
  const known = Object.keys(given).map((one) => `{${one}}`);
  const remedy = known.length === 0 ? "Write it without braces" : `Known there: ${known.join(", ")}`;
  return new TemplateError(path, line, `the text "${key}" needs the value "${name}", which it is not given`, remedy);
}

const rules = new Map<string, Intl.PluralRules>();
const numbers = new Map<string, Intl.NumberFormat>();

function rulesFor(language: string): Intl.PluralRules {
  const made = rules.get(language) ?? new Intl.PluralRules(language);
  rules.set(language, made);
  return made;
}

function numbersFor(language: string): Intl.NumberFormat {
  const made = numbers.get(language) ?? new Intl.NumberFormat(language);
  numbers.set(language, made);
  return made;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

type Parsed = Readonly<Record<string, unknown>>;

const parsed = new WeakMap<TemplateSource, Map<string, { readonly text: string; readonly keys: Parsed }>>();

/** A file's keys, a site's own before those that ship with Tidings; null where there is no such file. */
function readYaml(source: TemplateSource, path: string): Parsed | null {
  const text = source.read(path);
  if (text === undefined) return null;
  const own = parseOnce(source, path, text);
  const beneath = source.beneath?.(path);
  return beneath === undefined ? own : { ...parseOnce(source, `${path} beneath`, beneath), ...own };
}

/** Parses a file once as long as its text stays the same. */
function parseOnce(source: TemplateSource, path: string, text: string): Parsed {
  const files = parsed.get(source) ?? new Map<string, { text: string; keys: Parsed }>();
  parsed.set(source, files);
  const known = files.get(path);
  if (known?.text === text) return known.keys;
  const keys = parseTexts(path, text);
  files.set(path, { text, keys });
  return keys;
}

function parseTexts(path: string, text: string): Parsed {
  let value: unknown;
  try {
    value = parse(text);
  } catch (fault) {
    const words = fault instanceof Error ? (fault.message.split("\n", 1)[0] ?? "") : String(fault);
    throw new TemplateError(path, 0, `this is no YAML: ${words}`, "Put quotes around texts that hold a colon");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Parsed;
  throw new TemplateError(path, 0, "this file holds no texts", "Write lines such as: hub.title: Newsletters");
}
