import { printHtml } from "./html.ts";
import { inlineCss, inlineLiquid } from "./inline.ts";
import { directionOf } from "./language.ts";
import { prepare, type Template } from "./liquid.ts";
import { printText, tidyText } from "./plaintext.ts";
import { postalLine } from "./postal.ts";
import { flattenHeader } from "./segments.ts";
import type { TemplateSource } from "./template.ts";
import { languageList, languagesOf, type OwnTexts, pathOfTexts, sourceLanguage, wholeFile } from "./texts.ts";
import { collectTemplates, flattenTemplate } from "./theme.ts";
import { readWelcome } from "./welcome.ts";

/** A mail to one person outside an issue. A test is an issue, compiled with `test: true`. */
export type NoticeKind = "confirmation" | "already" | "reminder" | "welcome" | "link" | "address" | "test";

/** The notices that have templates of their own. */
export type TemplatedKind = Exclude<NoticeKind, "test">;

/** What a notice says. Nothing in it was typed by a reader (I8); addresses are whole, an empty one is left out. */
export interface NoticeData {
  readonly site: string;
  readonly language: string;
  /** A newsletter's own words, where the notice is about one newsletter alone. */
  readonly own: OwnTexts;
  readonly operator: {
    readonly name: string;
    readonly postalAddress: string;
    readonly privacyUrl: string;
    readonly contact: string;
  };
  readonly confirming: readonly { readonly name: string; readonly pitch: string; readonly frequency: string }[];
  readonly already: readonly { readonly name: string }[];
  /** `text` is Markdown written by an editor. */
  readonly welcome: readonly { readonly name: string; readonly text: string }[];
  readonly confirmUrl: string;
  /** For whoever has not asked for anything. */
  readonly notMeUrl: string;
  /** The reader's own page, by a link that works for a short time. */
  readonly manageUrl: string;
  /** Confirms a new address. */
  readonly addressUrl: string;
  readonly preferencesUrl: string;
  readonly leaveUrl: string;
  /** How long the link works. */
  readonly hours: number;
  readonly hubUrl: string;
}

export interface RenderedNotice {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

const kinds: readonly TemplatedKind[] = ["confirmation", "already", "reminder", "welcome", "link", "address"];

interface Sources {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

interface Bundle {
  readonly version: 2;
  /** The stylesheet for welcome texts, whose Markdown is not known yet. */
  readonly css: string;
  readonly kinds: Readonly<Record<TemplatedKind, Sources>>;
  /** Files of texts, by their paths. */
  readonly texts: Readonly<Record<string, string>>;
}

/**
 * The complete sources of all notices as canonical JSON, CSS already inlined. A notice keeps its bundle by hash, so that
 * a template changed between two attempts changes no byte (DESIGN decision 4). Throws TemplateError.
 */
export function bundleNotices(templates: TemplateSource): string {
  const files = collectTemplates(templates, [stylesheet, ...kinds.flatMap((kind) => Object.values(pathsOf(kind)))]);
  const texts = mailTexts(templates);
  const read = JSON.stringify([...files, texts]);
  const known = bundled.get(templates);
  if (known?.read === read) return known.bundle;
  for (const language of languagesOf(templates).keys())
    for (const kind of kinds) proveNotice(templates, kind, language);
  const css = flattenTemplate(templates, stylesheet);
  const sources = kinds.map((kind) => [kind, readSources(templates, kind)] as const);
  const bundle = JSON.stringify({ version: 2, css, kinds: Object.fromEntries(sources), texts });
  bundled.set(templates, { read, bundle });
  return bundle;
}

/** All texts of mails, in every language: which one a notice needs, its reader decides. */
function mailTexts(templates: TemplateSource): Record<string, string> {
  const paths = [...languagesOf(templates).keys()].map((language) => pathOfTexts(language, "mail"));
  const files = [languageList, ...paths].map((path) => [path, wholeFile(templates, path)] as const);
  return Object.fromEntries(files.filter((file): file is [string, string] => file[1] !== undefined));
}

const stylesheet = "mail/partials/style.css.liquid";

/** The last bundle of each source, good as long as the files read the same. */
const bundled = new WeakMap<TemplateSource, { readonly read: string; readonly bundle: string }>();

function pathsOf(kind: TemplatedKind): Sources {
  const path = (part: keyof Sources): string => `mail/${kind}.${part}.liquid`;
  return { subject: path("subject"), html: path("html"), text: path("text") };
}

function readSources(templates: TemplateSource, kind: TemplatedKind): Sources {
  const paths = pathsOf(kind);
  return {
    subject: flattenTemplate(templates, paths.subject),
    html: inlineLiquid(flattenTemplate(templates, paths.html)),
    text: flattenTemplate(templates, paths.text),
  };
}

/** Renders each template from its own file with invented data, so that faults carry the file's name and line. */
function proveNotice(templates: TemplateSource, kind: TemplatedKind, language: string): void {
  const paths = pathsOf(kind);
  // Translations differ in their texts alone: one look at each template shows a broken one.
  for (const data of language === sourceLanguage ? proofs : proofs.slice(0, 1)) {
    const values = templateValues({ ...data, language });
    const subject = prepare(templates, paths.subject).render(values);
    prepare(templates, paths.html).render({ ...values, subject });
    prepare(templates, paths.text).render({ ...values, subject });
  }
}

const empty: NoticeData = {
  site: "example.com",
  language: "en",
  own: {},
  operator: {
    name: "Example",
    postalAddress: "1 Example Street",
    privacyUrl: "https://example.com/p",
    contact: "a@b.c",
  },
  confirming: [],
  already: [],
  welcome: [],
  confirmUrl: "",
  notMeUrl: "",
  manageUrl: "",
  addressUrl: "",
  preferencesUrl: "",
  leaveUrl: "",
  hours: 72,
  hubUrl: "https://example.com/",
};

const full: NoticeData = {
  ...empty,
  confirming: [{ name: "One", pitch: "First", frequency: "daily" }],
  already: [{ name: "Two" }],
  welcome: [{ name: "One", text: "Hello." }],
  confirmUrl: "https://example.com/c",
  notMeUrl: "https://example.com/n",
  manageUrl: "https://example.com/m",
  addressUrl: "https://example.com/a",
  preferencesUrl: "https://example.com/p",
  leaveUrl: "https://example.com/l",
  hours: 1,
};

const proofs: readonly NoticeData[] = [
  full,
  empty,
  {
    ...full,
    already: [{ name: "Two" }, { name: "Three" }],
    welcome: [
      { name: "One", text: "" },
      { name: "Two", text: "" },
    ],
  },
];

interface Prepared {
  readonly css: string;
  readonly kinds: Readonly<Record<TemplatedKind, { subject: Template; html: Template; text: Template }>>;
  /** Welcome texts already read; there are as many as newsletters. */
  readonly welcomes: Map<string, Welcome>;
}

interface Welcome {
  readonly html: string;
  readonly text: string;
}

const prepared = new Map<string, Prepared>();
const preparedLimit = 8;
const welcomeLimit = 100;

/** One notice, a pure function of bundle and data. Throws for a bundle that `bundleNotices` did not make. */
export function renderNotice(bundle: string, kind: TemplatedKind, data: NoticeData): RenderedNotice {
  const known = prepareBundle(bundle);
  const welcome = kind === "welcome" ? data.welcome : [];
  const values = {
    ...templateValues(data),
    welcome: welcome.map((entry) => ({ name: entry.name, ...readWelcomeOnce(known, entry.text, data) })),
  };
  const templates = known.kinds[kind];
  const subject = flattenHeader(templates.subject.render(values)).trim();
  const html = templates.html.render({ ...values, subject });
  return { subject, html, text: tidyText(templates.text.render({ ...values, subject })) };
}

function prepareBundle(bundle: string): Prepared {
  const known = prepared.get(bundle);
  if (known !== undefined) return known;
  const parsed = JSON.parse(bundle) as Bundle;
  if (parsed.version !== 2) throw new Error("This is no bundle of notices, or one of a newer Tidings.");
  const entries = kinds.map((kind) => [kind, prepareSources(kind, parsed.kinds[kind], parsed.texts)] as const);
  const made: Prepared = {
    css: parsed.css,
    kinds: Object.fromEntries(entries) as Prepared["kinds"],
    welcomes: new Map(),
  };
  keep(prepared, preparedLimit, bundle, made);
  return made;
}

function prepareSources(
  kind: TemplatedKind,
  sources: Sources,
  texts: Bundle["texts"],
): Prepared["kinds"][TemplatedKind] {
  function one(part: keyof Sources): Template {
    const path = pathsOf(kind)[part];
    return prepare({ read: (asked) => (asked === path ? sources[part] : texts[asked]) }, path);
  }
  return { subject: one("subject"), html: one("html"), text: one("text") };
}

function readWelcomeOnce(known: Prepared, text: string, data: NoticeData): Welcome {
  const key = `${data.hubUrl}\n${data.language}\n${text}`;
  const made = known.welcomes.get(key);
  if (made !== undefined) return made;
  const { blocks } = readWelcome(text, data.hubUrl, data.language);
  const html = inlineCss(`${known.css}<div dir="${directionOf(data.language)}">${printHtml(blocks)}</div>`).trim();
  const welcome = { html, text: printText(blocks) };
  keep(known.welcomes, welcomeLimit, key, welcome);
  return welcome;
}

/** Remembers a value and forgets the oldest over the limit. */
function keep<V>(map: Map<string, V>, limit: number, key: string, value: V): void {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= limit) return;
    map.delete(oldest);
  }
}

function templateValues(data: NoticeData): object {
  return {
    site: data.site,
    language: data.language,
    own: data.own,
    direction: directionOf(data.language),
    operator: {
      name: data.operator.name,
      postal_address: data.operator.postalAddress.trim(),
      postal_line: postalLine(data.operator.postalAddress),
      privacy_url: data.operator.privacyUrl,
      contact: data.operator.contact,
    },
    confirming: data.confirming.map(({ name, pitch, frequency }) => ({ name, pitch, frequency })),
    already: data.already.map(({ name }) => ({ name })),
    already_names: listNames(data.already, data.language),
    confirming_names: listNames(data.confirming, data.language),
    welcome: data.welcome.map(({ name, text }) => ({ name, text, html: text })),
    confirm_url: data.confirmUrl,
    not_me_url: data.notMeUrl,
    manage_url: data.manageUrl,
    address_url: data.addressUrl,
    preferences_url: data.preferencesUrl,
    leave_url: data.leaveUrl,
    hub_url: data.hubUrl,
    hours: data.hours,
    days: data.hours % 24 === 0 ? data.hours / 24 : 0,
  };
}

function listNames(entries: readonly { readonly name: string }[], language: string): string {
  const known = Intl.ListFormat.supportedLocalesOf([language]).length > 0 ? language : "en";
  return new Intl.ListFormat(known, { style: "long", type: "conjunction" }).format(entries.map((entry) => entry.name));
}
