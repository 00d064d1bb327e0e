/** A YAML mistake in an editor's words; `start` is the offset in the front matter that it should point to. */
export interface SyntaxAdvice {
  readonly start: number;
  readonly message: string;
  readonly hint: string;
}

/** Explains what a YAML parser refused at an offset, with the line as it should be written where that can be told. */
export function explainSyntax(yaml: string, offset: number): SyntaxAdvice {
  const lines = yaml.split("\n");
  const refused = yaml.slice(0, offset).split("\n").length;
  // The cause is often lines above the place where a parser gives up, and sometimes just below it.
  const above = firstMisshapen(lines, 0, refused);
  if (above !== null) return above;
  const start = lines.slice(0, refused - 1).join("\n").length + (refused > 1 ? 1 : 0);
  const here = misread(lines[refused - 1] ?? "", start);
  if (here !== null) return here;
  const hint = "Write each setting as `key: value` on a line of its own, the value in quotes where in doubt.";
  const message = "YAML cannot read the front matter from here on.";
  return firstMisshapen(lines, refused, lines.length) ?? { start, message, hint };
}

function firstMisshapen(lines: readonly string[], from: number, to: number): SyntaxAdvice | null {
  let start = 0;
  for (const [index, line] of lines.slice(0, to).entries()) {
    const advice = index < from ? null : misshapen(line, start);
    if (advice !== null) return advice;
    start += line.length + 1;
  }
  return null;
}

/** Text as a quoted YAML value on one line, with whichever quotes need no escaping. */
export function quoted(text: string): string {
  if (!/["\\]/.test(text)) return `"${text}"`;
  if (!text.includes("'")) return `'${text}'`;
  return `"${text.replace(/["\\]/g, (character) => `\\${character}`)}"`;
}

/** What is wrong with the shape of a line of front matter, whatever its value holds; null when it has the right shape. */
function misshapen(line: string, start: number): SyntaxAdvice | null {
  if (line.trim() === "" || line.startsWith("#")) return null;
  if (/^\s/.test(line)) {
    const hint = "Begin each setting at the very start of its line and keep its value on that line.";
    return { start, message: "This line of the front matter begins with a space or a tab.", hint };
  }
  const key = /^[A-Za-z_]+(?=:)/.exec(line)?.[0] ?? "";
  if (key === "") {
    const hint = 'Write it as "key: value". If the letter begins here, put a line of three dashes above it.';
    return { start, message: "This line of the front matter is not a setting.", hint };
  }
  const value = line.slice(key.length + 1);
  if (/^\S/.test(value)) {
    return { start, message: "There is no space after the colon.", hint: `Write: ${key}: ${value}` };
  }
  if (/^\s+(?:"(?:[^"\\]|\\.)*|'(?:[^']|'')*)$/.test(value)) {
    const hint = "End the value with the same quote, on the same line.";
    return {
      start: valueStart(start, key, value),
      message: "This value begins with a quote that is never closed.",
      hint,
    };
  }
  return null;
}

/** What is wrong with the value on a line of the right shape, or null when that cannot be told. */
function misread(line: string, start: number): SyntaxAdvice | null {
  const key = /^[A-Za-z_]+(?=:)/.exec(line)?.[0] ?? "";
  const value = line.slice(key.length + 1);
  const at = valueStart(start, key, value);
  const text = value.trim();
  if (/^["']/.test(text)) {
    const inside = text.startsWith('"')
      ? 'Inside "…" write \\" for a double quote and \\\\ for a backslash.'
      : "Inside '…' write '' for a single quote.";
    return { start: at, message: `The quotes around the value of "${key}" do not fit.`, hint: inside };
  }
  const cause = culprit(text);
  if (cause === null) return null;
  const message = `The value of "${key}" ${cause}, which means something else in YAML.`;
  return { start: at, message, hint: `Put it in quotes: ${key}: ${quoted(text)}` };
}

function valueStart(start: number, key: string, value: string): number {
  return start + key.length + 1 + Math.max(value.search(/\S/), 0);
}

function culprit(value: string): string | null {
  if (/^[^\p{L}\p{N}]/u.test(value)) return `begins with ${[...value][0] ?? ""}`;
  if (/:(?:\s|$)/.test(value)) return "holds a colon followed by a space";
  return null;
}
