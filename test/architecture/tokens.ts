/** One piece of TypeScript source. `text` of a string or a template piece is its content, without quotes. */
export interface Token {
  readonly kind: "word" | "number" | "string" | "template" | "regex" | "mark";
  readonly text: string;
  /** Counted from 1. They differ only for templates that run over several lines. */
  readonly line: number;
  readonly endLine: number;
  /** Of a template's piece: a value follows it. */
  readonly more?: boolean;
}

/** How a bracket was opened, which tells whether a slash after its end divides. */
type Opening = "head" | "group" | "block" | "object" | "template";

interface Reader {
  readonly source: string;
  readonly tokens: Token[];
  readonly open: Opening[];
  at: number;
  line: number;
  closed: Opening;
}

const blank = /\s+/y;
const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const word = /[#@]?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const number = /(?:0[xob][\da-f_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d[\d_]*)?)n?/iy;
const string = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const piece = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y;
const regex = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const sign =
  /\.\.\.|=>|===|!==|==|!=|<=|>=|&&=|\|\|=|\?\?=|&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|\*\*|\+=|-=|\*=|\/=|[;,<>+\-*/%&|^!~?:=.@#]/y;

const plain = [
  ["string", string],
  ["word", word],
  ["number", number],
] as const;

/** Words after which a value begins, so that a slash opens a regular expression. */
const opens = new Set(
  "return typeof case in of delete void throw new instanceof await yield else do extends default".split(" "),
);
const heads = new Set(["if", "while", "for"]);

/** Splits TypeScript source (no JSX) into tokens, comments left out; throws with a line number at what it cannot read. */
export function tokenize(source: string): readonly Token[] {
  const reader: Reader = { source, tokens: [], open: [], at: 0, line: 1, closed: "block" };
  if (source.startsWith("#!")) reader.at = source.indexOf("\n");
  while (reader.at < source.length) {
    const skipped = take(reader, blank) ?? take(reader, comment);
    if (skipped === undefined) readToken(reader);
    else advance(reader, skipped);
  }
  return reader.tokens;
}

function readToken(reader: Reader): void {
  const char = reader.source[reader.at] ?? "";
  const endsValueOfTemplate = char === "}" && reader.open.at(-1) === "template";
  if (endsValueOfTemplate) reader.open.pop();
  if (char === "`" || endsValueOfTemplate) readPiece(reader);
  else if ("([{".includes(char)) readOpening(reader, char);
  else if (")]}".includes(char)) readClosing(reader, char);
  else readPlain(reader, char);
}

function readPlain(reader: Reader, char: string): void {
  const shapes = [
    ...plain,
    ...(char === "/" && beginsValue(reader) ? [["regex", regex] as const] : []),
    ["mark", sign],
  ] as const;
  for (const [kind, shape] of shapes) {
    const raw = take(reader, shape);
    if (raw === undefined || raw === "") continue;
    push(reader, kind, raw, kind === "string" ? unescaped(raw.slice(1, -1)) : raw);
    return;
  }
  throw new Error(`line ${reader.line}: cannot read ${JSON.stringify(char)}`);
}

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  return pattern.exec(reader.source)?.[0];
}

function advance(reader: Reader, text: string): void {
  reader.at += text.length;
  for (const char of text) if (char === "\n") reader.line += 1;
}

function push(reader: Reader, kind: Token["kind"], raw: string, text: string, more = false): void {
  const line = reader.line;
  advance(reader, raw);
  reader.tokens.push({ kind, text, line, endLine: reader.line, more });
}

function readPiece(reader: Reader): void {
  reader.at += 1;
  const raw = take(reader, piece);
  if (raw === undefined) throw new Error(`line ${reader.line}: a template without an end`);
  const more = raw.endsWith("${");
  push(reader, "template", raw, raw.slice(0, more ? -2 : -1), more);
  if (more) reader.open.push("template");
}

function readOpening(reader: Reader, char: string): void {
  const last = reader.tokens.at(-1);
  if (char === "(") reader.open.push(last?.kind === "word" && heads.has(last.text) ? "head" : "group");
  else if (char === "[") reader.open.push("group");
  else reader.open.push(beginsObject(last) ? "object" : "block");
  push(reader, "mark", char, char);
}

function readClosing(reader: Reader, char: string): void {
  const opening = reader.open.pop();
  if (opening === undefined) throw new Error(`line ${reader.line}: ${char} closes what was never opened`);
  reader.closed = opening;
  push(reader, "mark", char, char);
}

/** A slash divides after a value and opens a regular expression everywhere else. */
function beginsValue(reader: Reader): boolean {
  const last = reader.tokens.at(-1);
  const before = reader.tokens.at(-2);
  if (last === undefined) return true;
  if (last.kind === "word") return opens.has(last.text) && before?.text !== ".";
  if (last.kind === "template") return last.more === true;
  if (last.kind !== "mark" || last.text === "++" || last.text === "--") return false;
  if (")]}".includes(last.text)) return reader.closed === "head" || reader.closed === "block";
  return last.text !== "!" || !endsValue(before);
}

function endsValue(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === "word") return !opens.has(token.text);
  return token.kind !== "mark" || token.text === ")" || token.text === "]";
}

/** A brace where a value is expected opens an object literal; after `=>`, `)`, `;` and most words it opens a block. */
function beginsObject(last: Token | undefined): boolean {
  if (last === undefined) return false;
  if (last.kind === "word") return last.text === "return" || last.text === "default" || last.text === "yield";
  return last.kind === "mark" && !["=>", ")", ";", "}", "{", "]", ">"].includes(last.text);
}

function unescaped(content: string): string {
  if (!content.includes("\\")) return content;
  return content.replace(/\\(u\{[\da-f]+\}|u[\da-f]{4}|x[\da-f]{2}|\r?\n|[\s\S])/gi, (_, mark: string) => {
    const code = /^[ux]\{?([\da-f]+)\}?$/i.exec(mark)?.[1];
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    const known: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", 0: "\0" };
    return known[mark] ?? (mark.endsWith("\n") ? "" : mark);
  });
}

/** For each opening bracket the index of its end, and the other way round. */
export function pairs(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const open: number[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== "mark") continue;
    if ("([{".includes(token.text)) open.push(index);
    if (!")]}".includes(token.text)) continue;
    const start = open.pop();
    if (start === undefined) throw new Error(`line ${token.line}: ${token.text} closes what was never opened`);
    found.set(start, index);
    found.set(index, start);
  }
  return found;
}
