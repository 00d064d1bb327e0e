/** An element of an XML document, with its text and all that is below. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own character data, unescaped. */
  readonly text: string;
}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const unwritable = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const name = /^[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?/;

/** Reads a document without comments, sections and doctypes; throws at the first place that is not well-formed (XML 1.0 §2.1). */
export function readXml(source: string): XmlElement {
  if (unwritable.test(source)) throw new Error("a character that XML does not know");
  const declaration = /^<\?xml version="1\.0" encoding="utf-8"\?>\s*/i.exec(source)?.[0] ?? "";
  const reader = { source, at: declaration.length };
  const root = readElement(reader);
  if (source.slice(reader.at).trim() !== "") throw fault(reader, "something behind the root");
  return root;
}

interface Reader {
  readonly source: string;
  at: number;
}

function fault(reader: Reader, what: string): Error {
  return new Error(`${what} at ${reader.at}: ${JSON.stringify(reader.source.slice(reader.at, reader.at + 40))}`);
}

function take(reader: Reader, pattern: RegExp, what: string): string {
  const found = pattern.exec(reader.source.slice(reader.at))?.[0];
  if (found === undefined) throw fault(reader, `no ${what}`);
  reader.at += found.length;
  return found;
}

function readElement(reader: Reader): XmlElement {
  take(reader, /^</, "element");
  const tag = take(reader, name, "name");
  const attributes = new Map<string, string>();
  while (!/^\s*\/?>/.test(reader.source.slice(reader.at, reader.at + 1_000))) {
    take(reader, /^\s+/, "blank before an attribute");
    const key = take(reader, name, "attribute");
    if (attributes.has(key)) throw fault(reader, `${key} stands twice`);
    const quoted = take(reader, /^\s*=\s*(?:"[^<"]*"|'[^<']*')/, "value");
    attributes.set(key, characters(reader, quoted.replace(/^\s*=\s*/, "").slice(1, -1)));
  }
  if (take(reader, /^\s*\/?>/, "end of a tag").endsWith("/>")) return { name: tag, attributes, children: [], text: "" };
  const children: XmlElement[] = [];
  let text = "";
  for (;;) {
    text += characters(reader, take(reader, /^[^<]*/, "text"));
    if (reader.source.startsWith("</", reader.at)) break;
    children.push(readElement(reader));
  }
  const closed = take(reader, /^<\/[^\s>]+\s*>/, "closing tag");
  if (closed.slice(2, -1).trim() !== tag) throw fault(reader, `${closed} closes ${tag}`);
  return { name: tag, attributes, children, text };
}

function characters(reader: Reader, text: string): string {
  if (text.includes("]]>")) throw fault(reader, "]]> in text");
  return text.replace(/&([^;\s]*;?)/g, (whole, found: string) => {
    const character = named[found.slice(0, -1)];
    if (character !== undefined && found.endsWith(";")) return character;
    const code = /^#(?:x([0-9a-f]+)|(\d+));$/i.exec(found);
    if (code === null) throw fault(reader, `the entity ${whole}`);
    return String.fromCodePoint(code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16));
  });
}
