import type { Block } from "./document.ts";
import type { Fault } from "./fault.ts";
import { placer } from "./fields.ts";
import { readMarkdown } from "./markdown.ts";
import { createMarks } from "./marks.ts";

/**
 * An editor's welcome text in Markdown. It has no personal fields. Faults are for whoever saves the text; the blocks are
 * safe to send whatever the faults say.
 */
export function readWelcome(text: string, hubUrl: string, language: string): { blocks: Block[]; faults: Fault[] } {
  const place = placer(text, { line: 1, column: 1 });
  const publicUrl = hubUrl.replace(/\/+$/, "");
  return readMarkdown({
    source: { text, faults: [], place },
    marks: createMarks([text]),
    publicUrl,
    language,
    breaks: true,
  });
}
