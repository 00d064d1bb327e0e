import juice from "juice/client";
import { createMarks } from "./marks.ts";

// Left on, it would look for template tags in finished mails and trip over an article that writes about them.
for (const name of Object.keys(juice.codeBlocks)) delete juice.codeBlocks[name];

/**
 * The page with its stylesheet written into style attributes, since many mail programs drop `<style>` (FMT-23).
 * A `<style data-embed>` stays: it is the one block for media queries.
 */
export function inlineCss(html: string): string {
  return juice(html, { applyHeightAttributes: false, applyWidthAttributes: false, resolveCSSVariables: false });
}

/** The same for a Liquid template that is rendered later; its tags and outputs stay as they are. */
export function inlineLiquid(source: string): string {
  const { prefix } = createMarks([source]);
  const set: string[] = [];
  const plain = source.replace(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g, (tag) => `${prefix}${set.push(tag) - 1}q`);
  return inlineCss(plain).replace(
    new RegExp(`${prefix}(\\d+)q(?:="")?`, "g"),
    (_found, index) => set[Number(index)] ?? "",
  );
}
