import { type FieldContext, fieldNames, markFields } from "./fields.ts";
import { readTemplate } from "./liquid.ts";
import { TemplateError, type TemplateSource } from "./template.ts";

const readers = /\b(?:subscriber\s*[.[]|subscriber\b|unsubscribe_url\b|preferences_url\b)/;
const outputs = new RegExp(
  `\\{\\{-?\\s*(?:${fieldNames.join("|").replaceAll(".", "\\.")})\\s*(?:\\|[^}\\n]*)?-?\\}\\}`,
  "g",
);

/**
 * The templates with their readers' fields replaced by marks. They are compiled once for everybody, so a template may
 * only print such a field, with `default` at most; in a tag or another filter it is a TemplateError (DESIGN decision 6).
 */
export function markTemplates(source: TemplateSource, context: FieldContext): TemplateSource {
  return {
    read(path) {
      const text = source.read(path);
      return text === undefined ? undefined : markTemplate(path, text, context);
    },
    // Only texts are looked for there, which hold no field.
    beneath: (path) => source.beneath?.(path),
  };
}

function markTemplate(path: string, text: string, context: FieldContext): string {
  const replaced = text.replace(outputs, (whole: string, offset: number) => {
    const plain = whole.replace(/^\{\{-/, "{{").replace(/-\}\}$/, "}}");
    const marked = markFields(plain, context, { line: 1, column: 1 });
    const fault = marked.faults.find((found) => found.level === "error");
    if (fault !== undefined) throw misuse(path, text, offset, fault.message, fault.hint ?? "");
    return marked.text;
  });
  for (const tag of replaced.matchAll(/\{[{%][\s\S]*?[}%]\}/g)) {
    if (!readers.test(tag[0].replace(/"[^"]*"|'[^']*'/g, ""))) continue;
    const offset = text.indexOf(tag[0]);
    throw misuse(
      path,
      text,
      Math.max(offset, 0),
      `a reader's field can only be printed here, not used in "${tag[0].slice(0, 60)}"`,
      'Write {{ subscriber.name | default: "reader" }} and decide nothing by it, since all readers share one template',
    );
  }
  return replaced;
}

function misuse(path: string, text: string, offset: number, fault: string, remedy: string): TemplateError {
  return new TemplateError(path, text.slice(0, offset).split("\n").length, fault.replace(/\.$/, ""), remedy);
}

const includes = /\{%-?\s*(?:include|render|layout)\s+(?:"([^"]+)"|'([^']+)')[^%]*-?%\}/g;

/** The text of these templates and of all they include by name; missing ones are left for rendering to report. */
export function collectTemplates(source: TemplateSource, paths: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const open = [...paths];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const text = found.has(path) ? undefined : source.read(path);
    if (text === undefined) continue;
    found.set(path, text);
    for (const match of text.matchAll(includes)) open.push(match[1] ?? match[2] ?? "");
  }
  return found;
}

const parts = /\{%(-?)\s*(include|render|layout)\b([^%]*?)(-?)%\}/g;

/**
 * One template with everything it includes written in place, so that it stands alone. An include that takes arguments,
 * and a layout, is a TemplateError.
 */
export function flattenTemplate(source: TemplateSource, path: string, depth = 0): string {
  if (depth > 10) throw new TemplateError(path, 0, "templates include each other without end", "Break the circle");
  const text = readTemplate(source, path);
  return text.replace(parts, (whole, before: string, tag: string, rest: string, after: string, offset: number) => {
    const name = /^\s*(?:"([^"]+)"|'([^']+)')\s*$/.exec(rest);
    if (tag === "layout" || name === null) {
      const remedy = 'Write {% include "mail/partials/name.html.liquid" %}; set values before it by {% assign %}';
      throw misuse(path, text, offset, `a notice is stored whole, so "${whole}" cannot be followed`, remedy);
    }
    const inner = flattenTemplate(source, name[1] ?? name[2] ?? "", depth + 1);
    // The dashes of an include trim the blanks around it, and go on doing so on empty tags.
    return `${before === "" ? "" : "{%- # %}"}${inner}${after === "" ? "" : "{% # -%}"}`;
  });
}
