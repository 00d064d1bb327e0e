import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { AppContext } from "../context.ts";
import { isListed, type Newsletter } from "../newsletter/find.ts";
import { escapeXml, xmlTime } from "./xml.ts";

/** Addresses of a newsletter's feeds for its pages to name; null where its issues are in no list. */
export function feedLinks(ctx: AppContext, newsletter: Newsletter): { atom: string; json: string } | null {
  if (!isListed(newsletter)) return null;
  const home = `${ctx.config.publicUrl}/n/${newsletter.slug}`;
  return { atom: `${home}/feed.xml`, json: `${home}/feed.json` };
}

/** The newest issues of a newsletter, as both kinds of feed tell of them. Addresses are whole; times in ms UTC. */
export interface Feed {
  /** What `feedId` makes of something that never changes. */
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
  readonly language: string;
  /** The page that the feed is about. */
  readonly home: string;
  readonly author: string;
  readonly picture: string | null;
  /** The same cut square. */
  readonly icon: string | null;
  readonly updated: number;
  /** Newest first. */
  readonly entries: readonly FeedEntry[];
}

export interface FeedEntry {
  readonly id: string;
  readonly url: string;
  readonly title: string;
  readonly summary: string;
  readonly html: string;
  readonly picture: string | null;
  readonly published: number;
  readonly updated: number;
}

/**
 * An id for a feed or an entry, a urn:uuid made of what names it for good: feed readers take an entry under another id for a
 * new one (RFC 4287 §4.2.6), so nothing that moves, such as the public address, is part of it.
 */
export function feedId(...parts: readonly string[]): string {
  const hex = bytesToHex(sha256(utf8ToBytes(JSON.stringify(["tidings feed", ...parts]))));
  // RFC 9562 §5.8: version 8 is for one's own way of making them.
  const variant = "89ab"[Number.parseInt(hex[16] ?? "0", 16) & 3];
  const groups = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`];
  return `urn:uuid:${[...groups, hex.slice(20, 32)].join("-")}`;
}

/** An Atom feed (RFC 4287); `self` is its own address. */
export function atomFeed(feed: Feed, self: string): string {
  const lines = [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${escapeXml(feed.language)}">`,
    element("id", feed.id),
    element("title", feed.title),
    element("subtitle", feed.subtitle),
    element("updated", xmlTime(feed.updated)),
    `<author>${element("name", feed.author)}</author>`,
    `<link rel="self" type="application/atom+xml" href="${escapeXml(self)}"/>`,
    `<link rel="alternate" type="text/html" href="${escapeXml(feed.home)}"/>`,
    ...(feed.icon === null ? [] : [element("icon", feed.icon)]),
    ...(feed.picture === null ? [] : [element("logo", feed.picture)]),
    "<generator>Tidings</generator>",
    ...feed.entries.flatMap(atomEntry),
    "</feed>",
  ];
  return `${lines.join("\n")}\n`;
}

function atomEntry(entry: FeedEntry): string[] {
  return [
    "<entry>",
    element("id", entry.id),
    element("title", entry.title),
    `<link rel="alternate" type="text/html" href="${escapeXml(entry.url)}"/>`,
    element("published", xmlTime(entry.published)),
    element("updated", xmlTime(entry.updated)),
    ...(entry.summary === "" ? [] : [element("summary", entry.summary)]),
    // Escaped HTML, so that nothing of an issue is XML to anybody (RFC 4287 §4.1.3.3).
    `<content type="html">${escapeXml(entry.html)}</content>`,
    "</entry>",
  ];
}

function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

/** A JSON feed (version 1.1, jsonfeed.org); `self` is its own address. */
export function jsonFeed(feed: Feed, self: string): string {
  const value = {
    version: "https://jsonfeed.org/version/1.1",
    title: feed.title,
    home_page_url: feed.home,
    feed_url: self,
    ...(feed.subtitle === "" ? {} : { description: feed.subtitle }),
    ...(feed.icon === null ? {} : { icon: feed.icon }),
    authors: [{ name: feed.author }],
    language: feed.language,
    items: feed.entries.map(jsonItem),
  };
  return `${JSON.stringify(value, null, 1)}\n`;
}

function jsonItem(entry: FeedEntry): object {
  return {
    id: entry.id,
    url: entry.url,
    title: entry.title,
    ...(entry.summary === "" ? {} : { summary: entry.summary }),
    content_html: entry.html,
    ...(entry.picture === null ? {} : { image: entry.picture }),
    date_published: xmlTime(entry.published),
    date_modified: xmlTime(entry.updated),
  };
}
