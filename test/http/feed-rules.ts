import { readXml, type XmlElement } from "./xml.ts";

const atom = "http://www.w3.org/2005/Atom";
const once = ["id", "title", "updated"];
const atMostOnce = {
  feed: ["generator", "icon", "logo", "rights", "subtitle"],
  entry: ["content", "published", "rights", "source", "summary"],
} as const;
const inFeed = new Set([...once, ...atMostOnce.feed, "author", "category", "contributor", "link", "entry"]);
const inEntry = new Set([...once, ...atMostOnce.entry, "author", "category", "contributor", "link"]);
const texts = new Set(["title", "subtitle", "summary", "rights"]);
const dates = new Set(["updated", "published"]);
const language = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/;

/** Everything that RFC 4287 (section in brackets) forbids about a feed document; throws where it is no well-formed XML. */
export function atomFaults(source: string): string[] {
  const feed = readXml(source);
  if (feed.name !== "feed" || feed.attributes.get("xmlns") !== atom) return ["the root is no atom:feed (4.1.1)"];
  const entries = feed.children.filter((child) => child.name === "entry");
  const ids = entries.map((entry) => child(entry, "id")?.text);
  return [
    ...container(feed, "feed"),
    ...entries.flatMap((entry) => container(entry, "entry")),
    ...entries.flatMap((entry) => authored(feed, entry)),
    ...(entries.length === 0 && child(feed, "author") === undefined ? ["no author (4.1.1)"] : []),
    ...(new Set(ids).size === ids.length ? [] : ["two entries with one id (4.1.1)"]),
  ];
}

function child(parent: XmlElement, name: string): XmlElement | undefined {
  return parent.children.find((one) => one.name === name);
}

function container(element: XmlElement, kind: "feed" | "entry"): string[] {
  const counted = (name: string) => element.children.filter((one) => one.name === name).length;
  const known = kind === "feed" ? inFeed : inEntry;
  const alternates = linksOf(element, "alternate");
  const alike = new Set(alternates.map(({ attributes }) => `${attributes.get("type")} ${attributes.get("hreflang")}`));
  return [
    ...(element.text.trim() === "" ? [] : [`text in ${kind}`]),
    ...once.filter((name) => counted(name) !== 1).map((name) => `${counted(name)} × ${name} in ${kind} (4.1)`),
    ...atMostOnce[kind].filter((name) => counted(name) > 1).map((name) => `several ${name} in ${kind} (4.1)`),
    ...(alike.size === alternates.length ? [] : [`two links of one kind in ${kind} (4.1)`]),
    ...(kind === "feed" && linksOf(element, "self").length !== 1 ? ["no link to itself (4.1.1)"] : []),
    ...(kind === "entry" && child(element, "content") === undefined && alternates.length === 0 ? ["no content"] : []),
    ...element.children.filter(({ name }) => !known.has(name)).map(({ name }) => `${name} in ${kind}`),
    ...element.children.flatMap(construct),
    ...languageFaults(element),
  ];
}

function authored(feed: XmlElement, entry: XmlElement): string[] {
  return [feed, entry].some((one) => child(one, "author") !== undefined) ? [] : ["no author (4.1.1, 4.1.2)"];
}

function linksOf(element: XmlElement, rel: string): XmlElement[] {
  return element.children.filter((one) => one.name === "link" && (one.attributes.get("rel") ?? "alternate") === rel);
}

function construct(element: XmlElement): string[] {
  const { name, text, children, attributes } = element;
  if (name === "link") return linkFaults(attributes);
  if (name === "author" || name === "contributor") return personFaults(element);
  if (dates.has(name)) return isMoment(text) ? [] : [`${name} is ${JSON.stringify(text)} (3.3)`];
  if (name === "id" || name === "logo" || name === "icon") return isIri(text) ? [] : [`${name} is ${text} (4.2.6)`];
  if (texts.has(name) || name === "content") return textFaults(name, attributes.get("type") ?? "text", children.length);
  return [];
}

function linkFaults(attributes: XmlElement["attributes"]): string[] {
  const type = attributes.get("type") ?? "text/html";
  const hreflang = attributes.get("hreflang") ?? "en";
  return [
    ...(isIri(attributes.get("href") ?? "") ? [] : ["a link without an address (4.2.7.1)"]),
    ...(/^[\w.+-]+\/[\w.+-]+$/.test(type) ? [] : [`a link's type is ${type} (4.2.7.3)`]),
    ...(language.test(hreflang) ? [] : [`a link's language is ${hreflang} (4.2.7.4)`]),
  ];
}

function personFaults({ children }: XmlElement): string[] {
  const names = children.filter(({ name, text }) => name === "name" && text !== "").length;
  const several = ["uri", "email"].filter((name) => children.filter((one) => one.name === name).length > 1);
  return [
    ...(names === 1 ? [] : ["a person without a name (3.2.1)"]),
    ...several.map((name) => `several ${name} (3.2)`),
  ];
}

function textFaults(name: string, type: string, children: number): string[] {
  if (!["text", "html"].includes(type)) return [`${name} is of type ${type} (3.1.1)`];
  return children === 0 ? [] : [`${name} holds elements (3.1.1, 4.1.3.3)`];
}

function languageFaults({ attributes }: XmlElement): string[] {
  const given = attributes.get("xml:lang") ?? "en";
  return language.test(given) ? [] : [`xml:lang is ${given}`];
}

function isMoment(text: string): boolean {
  const shape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
  return shape.test(text) && !Number.isNaN(Date.parse(text));
}

/** Absolute, and without blanks: ids are compared letter by letter. */
function isIri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]+$/i.test(text);
}

type Told = Readonly<Record<string, unknown>>;

/** Everything that JSON Feed 1.1 demands and a document lacks; throws where it is no JSON. */
export function jsonFeedFaults(source: string): string[] {
  const feed = JSON.parse(source) as Told;
  const items = Array.isArray(feed.items) ? (feed.items as Told[]) : null;
  if (items === null) return ["items is no list"];
  const ids = items.map(({ id }) => id);
  return [
    ...(feed.version === "https://jsonfeed.org/version/1.1" ? [] : [`version is ${feed.version}`]),
    ...(isText(feed.title) ? [] : ["no title"]),
    ...addresses(feed, "home_page_url", "feed_url", "icon", "favicon", "next_url"),
    ...words(feed, "description", "user_comment", "language"),
    ...(feed.next_url !== undefined && feed.next_url === feed.feed_url ? ["next_url is the feed itself"] : []),
    ...("author" in feed || items.some((item) => "author" in item) ? ["author is of version 1"] : []),
    ...persons(feed),
    ...tagFault(feed.language),
    ...items.flatMap(itemFaults),
    ...(new Set(ids).size === ids.length ? [] : ["two items with one id"]),
  ];
}

function itemFaults(item: Told): string[] {
  const moments = ["date_published", "date_modified"].filter((key) => item[key] !== undefined);
  return [
    ...(isText(item.id) ? [] : ["an item without an id"]),
    ...(isText(item.content_html) || isText(item.content_text) ? [] : ["an item without content"]),
    ...addresses(item, "url", "external_url", "image", "banner_image"),
    ...words(item, "title", "summary", "content_html", "content_text", "language"),
    ...moments.filter((key) => !isMoment(String(item[key]))).map((key) => `${key} is ${item[key]}`),
    ...persons(item),
    ...tagFault(item.language),
  ];
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function addresses(told: Told, ...keys: string[]): string[] {
  const isAddress = (value: unknown) => isText(value) && /^https?:$/.test(URL.parse(value)?.protocol ?? "");
  return keys.filter((key) => told[key] !== undefined && !isAddress(told[key])).map((key) => `${key} is ${told[key]}`);
}

function words(told: Told, ...keys: string[]): string[] {
  return keys.filter((key) => told[key] !== undefined && !isText(told[key])).map((key) => `${key} is no text`);
}

function persons({ authors }: Told): string[] {
  if (authors === undefined) return [];
  const known = ["name", "url", "avatar"];
  const isPerson = (one: Told) => known.some((key) => isText(one[key]));
  return Array.isArray(authors) && (authors as Told[]).every(isPerson) ? [] : ["authors without a name"];
}

function tagFault(value: unknown): string[] {
  return value === undefined || language.test(String(value)) ? [] : [`language is ${value}`];
}
