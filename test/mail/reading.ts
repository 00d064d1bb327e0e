import type { Block } from "../../src/mail/document.ts";
import type { Fault } from "../../src/mail/fault.ts";
import { markFields } from "../../src/mail/fields.ts";
import { readMarkdown } from "../../src/mail/markdown.ts";
import { createMarks } from "../../src/mail/marks.ts";

/** Reads Markdown as an issue's is read, for a site at https://news.example. */
export function read(
  source: string,
  language = "en",
  publicUrl = "https://news.example",
): { blocks: Block[]; faults: Fault[] } {
  const marks = createMarks([source]);
  const urls = { site_url: publicUrl, web_url: `${publicUrl}/n/a/b` };
  const marked = markFields(source, { marks, urls, hubUrl: `${publicUrl}/` }, { line: 1, column: 1 });
  const result = readMarkdown({ source: marked, marks, publicUrl, language });
  return { blocks: result.blocks, faults: [...marked.faults, ...result.faults] };
}

/** The faults in short: level, rule, line and column. */
export function short(faults: readonly Fault[]): string[] {
  return faults.map((fault) => `${fault.level} ${fault.rule} ${fault.line}:${fault.column}`);
}
