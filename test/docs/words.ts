import { tokenize } from "../architecture/tokens.ts";

/** Words that speak of how the product is made, or of one machine, and tell its users nothing. */
const words: readonly (readonly [what: string, pattern: RegExp])[] = [
  // Written in halves, so that this file does not find itself.
  ["a note to oneself", new RegExp(`\\b(?:TO${"DO"}|FIX${"ME"}|XX${"X"})\\b`)],
  ["a path of one machine", new RegExp(`(?<![\\w.])/(?:wo${"rk"}|ro${"ot"}|ho${"me"}|Us${"ers"})/`)],
  ["a registry's host", new RegExp(`\\bregist${"ry"}\\.[a-z0-9-]+\\.[a-z]+|"resol${"ved"}": "http`)],
  [
    "a word of the workshop",
    new RegExp(`\\b(?:this|next|last|earlier|later) sess${"ions?"}\\b|\\bhelp${"ers?"}\\b`, "i"),
  ],
];

/** Lines of a file that contain such a word. In code a name may be what it likes: there only comments count as speech. */
export function workshopWords(path: string, text: string): string[] {
  const named = /\.[jt]s$/.test(path) ? codeNames(text) : new Set<string>();
  return text.split("\n").flatMap((line, index) =>
    words
      .filter(([what, pattern]) => {
        const found = pattern.exec(line)?.[0];
        return (
          found !== undefined && !(what.endsWith("workshop") && (path === "package-lock.json" || named.has(found)))
        );
      })
      .map(([what]) => `${path}:${index + 1} has ${what}: ${line.trim().slice(0, 80)}`),
  );
}

function codeNames(text: string): ReadonlySet<string> {
  return new Set(
    tokenize(text)
      .filter(({ kind }) => kind === "word")
      .map((token) => token.text),
  );
}
