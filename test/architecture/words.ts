import type { Source } from "./source.ts";
import type { Token } from "./tokens.ts";

/** Where a global name is used as one, not as a property, a key, a parameter's name or a declaration of the file's own. */
export function readGlobals(
  source: Source,
  isGlobal: (name: string) => boolean,
): readonly { name: string; line: number }[] {
  const { tokens } = source;
  const own = declared(tokens);
  return tokens.flatMap(({ kind, text, line }, at) => {
    if (kind !== "word" || !isGlobal(text) || own.has(text)) return [];
    const before = tokens[at - 1]?.text ?? "";
    const after = tokens[at + 1]?.text ?? "";
    const onGlobal = tokens[at - 2]?.text === "globalThis";
    if ((before === "." || before === "?.") && !onGlobal) return [];
    const key = after === ":" || (after === "?" && tokens[at + 2]?.text === ":");
    if (key && ["{", ",", "(", ";", "}", "readonly"].includes(before)) return [];
    return [{ name: text, line }];
  });
}

/** Names that the file gives to a type, class or function of its own. */
function declared(tokens: readonly Token[]): ReadonlySet<string> {
  const declares = new Set(["interface", "type", "class", "function"]);
  return new Set(
    tokens.flatMap(({ text }, at) => {
      const name = tokens[at + 1];
      return declares.has(text) && name?.kind === "word" && tokens[at - 1]?.text !== "." ? [name.text] : [];
    }),
  );
}
