/** One start tag of a mail's HTML, with what it holds when that is raw text (style, script, title). */
export interface Tag {
  readonly name: string;
  readonly closes: boolean;
  /** Lower-case names; values with character references decoded, "" for an attribute without a value. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly raw: string;
  readonly line: number;
  readonly column: number;
  /** Inside a conditional comment that only Outlook's Word engine reads. */
  readonly mso: boolean;
  /** The text up to the next tag, references decoded. */
  readonly text: string;
}

const rawNames = /^(?:style|script|title|textarea|noscript)$/;
const opening = /<(\/?)([a-zA-Z][a-zA-Z0-9:-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>/y;

/** Reads tags as tolerantly as mail programs do; there is no tree, since none is needed and workerd has no DOM. */
export function scanTags(html: string): Tag[] {
  const tags: Tag[] = [];
  const place = placer(html);
  let mso = false;
  for (let at = html.indexOf("<"); at !== -1; at = html.indexOf("<", at)) {
    if (html.startsWith("<!--", at)) {
      const conditional = /^<!--\[if [^\]]*\]>/.exec(html.slice(at, at + 80));
      if (conditional !== null && !/^<!--\[if !mso/.test(conditional[0])) mso = true;
      at = conditional === null ? endOf(html, "-->", at + 4) : at + conditional[0].length;
      continue;
    }
    if (html.startsWith("<![endif]", at)) {
      mso = false;
      at += 1;
      continue;
    }
    opening.lastIndex = at;
    const match = opening.exec(html);
    if (match === null) {
      at += 1;
      continue;
    }
    const name = (match[2] ?? "").toLowerCase();
    const closes = match[1] === "/";
    const end = at + match[0].length;
    const raw = !closes && rawNames.test(name) ? rawText(html, name, end) : "";
    const next = html.indexOf("<", end + raw.length);
    const text = decode(html.slice(end + raw.length, next === -1 ? html.length : next));
    tags.push({ name, closes, attributes: readAttributes(match[3] ?? ""), raw, ...place(at), mso, text });
    at = end + raw.length;
  }
  return tags;
}

function endOf(html: string, mark: string, from: number): number {
  const found = html.indexOf(mark, from);
  return found === -1 ? html.length : found + mark.length;
}

function rawText(html: string, name: string, from: number): string {
  const rest = html.slice(from);
  const close = rest.search(new RegExp(`</${name}\\s*>`, "i"));
  return close === -1 ? rest : rest.slice(0, close);
}

function readAttributes(source: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const match of source.matchAll(/([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?/g)) {
    const name = (match[1] ?? "").toLowerCase();
    if (!attributes.has(name)) attributes.set(name, decode(match[2] ?? match[3] ?? match[4] ?? ""));
  }
  return attributes;
}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return named[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** Line and column of rising offsets, without counting from the start each time. */
function placer(html: string): (offset: number) => { line: number; column: number } {
  let line = 1;
  let start = 0;
  return (offset) => {
    for (let end = html.indexOf("\n", start); end !== -1 && end < offset; end = html.indexOf("\n", start)) {
      line++;
      start = end + 1;
    }
    return { line, column: offset - start + 1 };
  };
}
