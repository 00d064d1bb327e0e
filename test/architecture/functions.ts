import { pairs, type Token } from "./tokens.ts";

/** A function with a body. `name` is "(anonymous)" for a callback that is bound to no name. */
export interface Measured {
  readonly name: string;
  readonly line: number;
  /** From its first line to its last, both counted. */
  readonly length: number;
}

/** Words that take a bracketed head and a block without being functions. */
const control = new Set(["if", "for", "while", "switch", "catch"]);
/** Words of a type after which a further type must follow, so that a brace belongs to the type. */
const typeWords = new Set("is keyof readonly unique infer extends asserts typeof new abstract".split(" "));
/** Words that may stand before a bracket without naming the function that begins there. */
const nameless = new Set("function return default await typeof new in of case yield throw".split(" "));
const typeMarks = new Set([":", "|", "&", "<", ",", "(", "[", "=>", "?"]);

/** Every function of a file: declarations, methods, arrows and function expressions, named or not. */
export function readFunctions(tokens: readonly Token[]): readonly Measured[] {
  const pair = pairs(tokens);
  const found: Measured[] = [];
  /** Arrows up to here belong to the return type of a function that was read already. */
  let typed = 0;
  for (const [index, token] of tokens.entries()) {
    const open = token.kind === "mark" && token.text === "(";
    const bare = token.kind === "word" && tokens[index + 1]?.text === "=>";
    if ((!open && !bare) || index < typed) continue;
    const after = open ? (pair.get(index) ?? index) + 1 : index + 1;
    const behind = tokens[after]?.text === ":" ? skipType(tokens, pair, after) : after;
    const end = behind === undefined ? undefined : readBody(tokens, pair, index, behind);
    if (end === undefined || behind === undefined) continue;
    if (behind > after) typed = behind;
    const named = readName(tokens, pair, index);
    const line = (tokens[named.first] ?? token).line;
    found.push({ name: named.name, line, length: (tokens[end]?.endLine ?? line) - line + 1 });
  }
  return found;
}

/** The index of the last token of the body that begins at `at`, or undefined if no body does. */
function readBody(tokens: readonly Token[], pair: ReadonlyMap<number, number>, head: number, at: number) {
  if (tokens[at]?.text === "=>") return readArrowBody(tokens, pair, at + 1);
  return tokens[at]?.text === "{" && !isControl(tokens, head) ? pair.get(at) : undefined;
}

function isControl(tokens: readonly Token[], head: number): boolean {
  const before = tokens[head - 1];
  const word = before?.text === "await" ? tokens[head - 2] : before;
  if (word?.kind === "word" && control.has(word.text) && tokens[head - 2]?.text !== ".") return true;
  return tokens[head - 2]?.text === "extends";
}

/** From the colon of a return type to the `{` or `=>` behind it; undefined if what follows is no function. */
function skipType(tokens: readonly Token[], pair: ReadonlyMap<number, number>, colon: number): number | undefined {
  for (let at = colon + 1; at < tokens.length; at += 1) {
    const text = tokens[at]?.text ?? "";
    const before = tokens[at - 1];
    const expected = before?.kind === "word" ? typeWords.has(before.text) : typeMarks.has(before?.text ?? "");
    if (text === "{" && !expected) return at;
    if (text === "=>" && tokens[at - 1]?.text !== ")") return at;
    if (text === "=>" && !isTypeArrow(tokens, pair, at)) return at;
    if (text === "(" || text === "[" || text === "{") at = pair.get(at) ?? at;
    else if (text === ";" || text === ")" || text === "]" || text === "}") return undefined;
  }
  return undefined;
}

/** In `(): (a: A) => B => …` the first arrow belongs to the type: a bracket stands where a type must begin. */
function isTypeArrow(tokens: readonly Token[], pair: ReadonlyMap<number, number>, arrow: number): boolean {
  const open = pair.get(arrow - 1) ?? arrow;
  const before = tokens[open - 1];
  return before?.kind === "word" ? typeWords.has(before.text) : typeMarks.has(before?.text ?? "");
}

/** A block, or an expression up to the comma, semicolon or bracket that ends it. */
function readArrowBody(tokens: readonly Token[], pair: ReadonlyMap<number, number>, from: number): number | undefined {
  if (tokens[from]?.text === "{") return pair.get(from);
  for (let at = from; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind !== "mark") continue;
    if ("([{".includes(token.text)) at = pair.get(at) ?? at;
    else if (",;)]}".includes(token.text)) return at - 1;
  }
  return tokens.length - 1;
}

/** Walks left from a parameter list to the name that the function is declared as or bound to. */
function readName(tokens: readonly Token[], pair: ReadonlyMap<number, number>, head: number) {
  let at = head - 1;
  if (tokens[at]?.text === ">") at = skipAngles(tokens, at);
  if (tokens[at]?.text === "async") at -= 1;
  const token = tokens[at];
  if (token?.text === "]") return { name: "[computed]", first: pair.get(at) ?? at };
  const binds = token?.text === "=" || (token?.text === ":" && tokens[at - 1]?.kind === "word");
  if (binds && tokens[at - 1]?.kind === "word") return { name: tokens[at - 1]?.text ?? "", first: at - 1 };
  if (token?.kind !== "word" || nameless.has(token.text)) return { name: "(anonymous)", first: head };
  let first = at;
  while (["function", "async", "export", "get", "set", "static", "*"].includes(tokens[first - 1]?.text ?? ""))
    first -= 1;
  return { name: token.text, first };
}

function skipAngles(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let at = close; at >= 0; at -= 1) {
    if (tokens[at]?.text === ">") depth += 1;
    if (tokens[at]?.text === "<") depth -= 1;
    if (depth === 0) return at - 1;
  }
  return close;
}
