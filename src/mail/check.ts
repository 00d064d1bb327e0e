import { fragileCss, readStyle, splitSheet } from "./css.ts";
import type { Fault } from "./fault.ts";
import type { MailRule } from "./rules.ts";
import { scanTags, type Tag } from "./scan.ts";

/** Bytes of an HTML part that Gmail shows whole (FMT-21); more are an error. */
export const longestHtml = 100_000;

type Report = (level: Fault["level"], rule: MailRule, at: Tag | null, message: string) => void;

/** Reads a finished mail as mail programs and screen readers will. Lines and columns are those of the HTML. */
export function checkMail(html: string, text: string): Fault[] {
  const faults: Fault[] = [];
  const report: Report = (level, rule, at, message) =>
    faults.push({ level, rule, line: at?.line ?? 0, column: at?.column ?? 0, message });
  const tags = scanTags(html);
  const opens = tags.filter((tag) => !tag.closes);
  checkLanguage(opens, report);
  checkTables(tags, report);
  checkPictures(tags, report);
  checkHeadings(opens, report);
  checkLinks(tags, text, report);
  for (const tag of opens) checkElement(tag, report);
  checkSheets(opens, report);
  checkSize(html, report);
  if (text.trim() === "") report("error", "text-part", null, "The text part is empty.");
  return faults;
}

function checkLanguage(opens: readonly Tag[], report: Report): void {
  const says = (tag: Tag | undefined): boolean =>
    (tag?.attributes.get("lang") ?? "") !== "" && /^(ltr|rtl)$/.test(tag?.attributes.get("dir") ?? "");
  const root = opens.find((tag) => tag.name === "html");
  if (!says(root)) report("warning", "html-language", root ?? null, "<html> lacks lang or dir.");
  const body = opens.findIndex((tag) => tag.name === "body");
  const wrapper = body === -1 ? undefined : opens.slice(body + 1).find((tag) => !tag.mso);
  if (!says(wrapper)) {
    report("warning", "wrapper-language", wrapper ?? null, "The first element of <body> lacks lang or dir.");
  }
  const title = opens.find((tag) => tag.name === "title");
  if ((title?.raw.trim() ?? "") === "") report("warning", "title", title ?? null, "The page has no <title>.");
}

/** A table with header cells of its own holds data; every other one is layout. */
function checkTables(tags: readonly Tag[], report: Report): void {
  const open: { tag: Tag; isData: boolean }[] = [];
  for (const tag of tags) {
    if (tag.name === "th" && !tag.closes) {
      const table = open.at(-1);
      if (table !== undefined) table.isData = true;
    }
    if (tag.name !== "table") continue;
    if (!tag.closes) {
      open.push({ tag, isData: false });
      continue;
    }
    const table = open.pop();
    if (table !== undefined) checkTable(table.tag, table.isData, report);
  }
  for (const table of open) checkTable(table.tag, table.isData, report);
}

function checkTable(tag: Tag, isData: boolean, report: Report): void {
  if (!isData && !/^(presentation|none)$/.test(tag.attributes.get("role") ?? "")) {
    report("warning", "layout-table", tag, 'This table lacks role="presentation".');
  }
  for (const name of ["cellpadding", "cellspacing", "border"]) {
    if (tag.attributes.get(name) !== "0") report("warning", "table-attributes", tag, `This table lacks ${name}="0".`);
  }
}

function checkPictures(tags: readonly Tag[], report: Report): void {
  let link: { tag: Tag; words: string; image: Tag | null } | null = null;
  for (const tag of tags) {
    if (tag.name === "a") {
      if (link?.image && link.words.trim() === "") {
        report("error", "picture-alt", link.image, "This picture is a link and has no text.");
      }
      link = tag.closes ? null : { tag, words: tag.text, image: null };
      continue;
    }
    if (link !== null) link.words += tag.text;
    if (tag.name !== "img" || tag.closes) continue;
    const alt = tag.attributes.get("alt");
    if (alt === undefined) report("error", "picture-alt", tag, "This picture has no alt text.");
    if (link !== null) {
      link.words += alt ?? "";
      link.image = tag;
    }
    const blocks = readStyle(tag.attributes.get("style") ?? "").some(
      (one) => one.property === "display" && one.value === "block",
    );
    if (!/^\d+%?$/.test(tag.attributes.get("width") ?? "") || !blocks) {
      report("warning", "picture-width", tag, "This picture lacks a width attribute or display:block.");
    }
  }
}

function checkHeadings(opens: readonly Tag[], report: Report): void {
  let last = 0;
  for (const tag of opens) {
    const level = Number(/^h([1-6])$/.exec(tag.name)?.[1] ?? 0);
    if (level === 0) continue;
    const allowed = last === 0 ? 2 : last + 1;
    if (level > allowed)
      report("warning", "heading-step", tag, `<h${level}> comes where <h${allowed}> is the deepest.`);
    last = level;
  }
}

const vague = /^(click( here)?|here|this( link| page)?|link|tap here|more)[.!…]?$/i;

function checkLinks(tags: readonly Tag[], text: string, report: Report): void {
  let words = "";
  for (const [index, tag] of tags.entries()) {
    words = tag.name === "a" && !tag.closes ? tag.text : words + (tag.closes && tag.name === "a" ? "" : tag.text);
    if (tag.name !== "a") continue;
    if (tag.closes) {
      if (vague.test(words.trim()))
        report("warning", "vague-link", tags[index - 1] ?? tag, `"${words.trim()}" says nothing.`);
      continue;
    }
    const href = tag.attributes.get("href")?.trim() ?? "";
    if (!/^(https?:\/\/[^/\s]|mailto:[^\s@]+@)/i.test(href)) {
      report("error", "relative-url", tag, `"${href.slice(0, 80)}" is no whole address.`);
    } else if (!hasLink(text, href)) {
      report("error", "text-links", tag, `The text part lacks ${href.slice(0, 120)}`);
    }
  }
}

/** True when the text holds this very address, not merely a longer one that begins alike. */
function hasLink(text: string, href: string): boolean {
  const wanted = href.replace(/^mailto:/i, "").replace(/^([^?]*@[^?]*)\?.*$/, "$1");
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    if (!/[\w/?&=#%~+-]/.test(text[at + wanted.length] ?? " ")) return true;
  }
  return false;
}

const elements =
  /^(?:script|form|input|button|select|textarea|iframe|frame|frameset|object|embed|applet|svg|math|canvas|video|audio|base)$/;

function checkElement(tag: Tag, report: Report): void {
  if (elements.test(tag.name)) report("error", "forbidden-element", tag, `<${tag.name}> has no place in a mail.`);
  for (const [name, value] of tag.attributes) {
    if (/^on[a-z]/.test(name)) report("error", "script-attribute", tag, `The attribute ${name} holds a script.`);
    if (/^(?:href|src|background|srcset|poster)$/.test(name)) checkAddress(tag, name, value, report);
  }
  const style = readStyle(tag.attributes.get("style") ?? "");
  for (const name of fragileCss(style)) report("warning", "fragile-css", tag, `This style uses ${name}.`);
  const size = style.find((one) => one.property === "font-size")?.value ?? "";
  const pixels = Number(/^([\d.]+)px$/.exec(size)?.[1] ?? 16);
  const hidden = style.some((one) => one.property === "display" && one.value === "none");
  // Spacers set 0 or 1 so that an empty cell does not grow.
  if (pixels > 1 && pixels < 14 && !hidden)
    report("warning", "small-text", tag, `Text of ${pixels} pixels is too small.`);
}

function checkAddress(tag: Tag, name: string, value: string, report: Report): void {
  if (/^\s*(data|javascript|vbscript):/i.test(value)) {
    report("error", "data-url", tag, `The attribute ${name} holds a ${value.trim().split(":")[0]}: address.`);
  } else if (tag.name !== "a" && tag.name !== "link" && !/^https?:\/\/[^/\s]/i.test(value)) {
    report("error", "relative-url", tag, `"${value.slice(0, 80)}" is no whole address.`);
  }
}

function checkSheets(opens: readonly Tag[], report: Report): void {
  for (const tag of opens) {
    if (tag.name === "link" && /stylesheet/i.test(tag.attributes.get("rel") ?? "")) {
      report("error", "external-css", tag, "This stylesheet is elsewhere.");
    }
  }
  const sheets = opens.filter((tag) => tag.name === "style" && !tag.mso);
  const size = sheets.reduce((sum, sheet) => sum + sheet.raw.length, 0);
  if (sheets.length > 1)
    report("warning", "style-blocks", sheets[1] ?? null, `There are ${sheets.length} style blocks.`);
  if (size > 8_000)
    report("warning", "style-blocks", sheets[0] ?? null, `The styles have ${size} characters, over 8000.`);
  for (const sheet of sheets) {
    if (/@import|url\s*\(/i.test(sheet.raw)) report("error", "external-css", sheet, "The style block loads files.");
    const { media, rest } = splitSheet(sheet.raw);
    if (rest !== "") report("warning", "style-media", sheet, `Outside a media query stands: ${rest.slice(0, 60)}`);
    const rules = media
      .flatMap((block) => [...block.matchAll(/\{([^{}]*)\}/g)])
      .flatMap((match) => readStyle(match[1] ?? ""));
    for (const name of fragileCss(rules)) report("warning", "fragile-css", sheet, `The style block uses ${name}.`);
  }
}

function checkSize(html: string, report: Report): void {
  const size = new TextEncoder().encode(html).length;
  if (size <= 80_000) return;
  const level = size > longestHtml ? "error" : "warning";
  report(level, "html-size", null, `The HTML part has ${Math.ceil(size / 1000)} kB; Gmail cuts off at about 102.`);
}
