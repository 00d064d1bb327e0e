/** One declaration of a style attribute or block. */
export interface Declaration {
  readonly property: string;
  readonly value: string;
}

/** The declarations of a style attribute; semicolons inside quotes and brackets do not end one. */
export function readStyle(style: string): Declaration[] {
  return [...style.matchAll(/(?:[^;"'(]|"[^"]*"|'[^']*'|\([^)]*\))+/g)].flatMap(([part]) => {
    const colon = part.indexOf(":");
    const property = part.slice(0, colon).trim().toLowerCase();
    return colon === -1 || property === "" ? [] : [{ property, value: part.slice(colon + 1).trim() }];
  });
}

/** A stylesheet without comments, at-rules with a block separated from all else. */
export function splitSheet(css: string): { media: string[]; rest: string } {
  const media: string[] = [];
  let rest = "";
  const plain = css.replace(/\/\*[\s\S]*?\*\//g, "");
  for (let at = 0; at < plain.length; ) {
    const start = plain.indexOf("@media", at);
    rest += plain.slice(at, start === -1 ? plain.length : start);
    if (start === -1) break;
    at = blockEnd(plain, start);
    media.push(plain.slice(start, at));
  }
  return { media, rest: rest.trim() };
}

function blockEnd(css: string, from: number): number {
  let depth = 0;
  for (let at = css.indexOf("{", from); at !== -1 && at < css.length; at++) {
    if (css[at] === "{") depth++;
    if (css[at] === "}" && --depth === 0) return at + 1;
  }
  return css.length;
}

const forbidden: readonly (readonly [property: RegExp, value: RegExp, name: string])[] = [
  [/^position$/, /./, "position"],
  [/^display$/, /\b(?:inline-)?(?:flex|grid)\b/i, "flex and grid"],
  [/^background(?:-image)?$/, /url\s*\(|gradient\s*\(/i, "background images"],
  [/^--/, /./, "CSS variables"],
  [/./, /\bvar\s*\(/i, "CSS variables"],
  [/./, /\bexpression\s*\(/i, "expressions"],
  [/^float$/, /left|right/i, "float"],
];

/** What among these declarations mail programs ignore or misread, by name (FMT-23, FMT-24). */
export function fragileCss(declarations: readonly Declaration[]): string[] {
  return forbidden
    .filter(([property, value]) =>
      declarations.some((one) => property.test(one.property) && value.test(one.value.replace(/!important/i, ""))),
    )
    .map(([, , name]) => name);
}
