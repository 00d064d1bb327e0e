import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileRules } from "../../src/issue/file-rules.ts";
import { issueKeys } from "../../src/issue/front-matter.ts";
import { parseIssue } from "../../src/issue/parse.ts";
import { compileIssue } from "../../src/mail/compile.ts";
import { fieldNames } from "../../src/mail/fields.ts";
import { mailRules, sourceRules } from "../../src/mail/rules.ts";

const root = join(import.meta.dirname, "../..");
const guide = readFileSync(join(root, "docs/issues.md"), "utf8");

function fenced(language: string): string {
  const found = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(guide)?.[1];
  if (found === undefined) throw new Error(`The guide has no block of ${language}`);
  return found;
}

/** Rows of the table below a heading: its first cell without code marks, and its last. */
function rows(heading: string): [string, string][] {
  const section = guide.slice(guide.indexOf(`\n${heading}\n`) + heading.length + 2).split(/^#{2,3} /m)[0] ?? "";
  return [...section.matchAll(/^\| *`([^`]+)` *\|(?:.*\|)? *(.*?) *\|$/gm)].map((match) => [
    match[1] ?? "",
    match[2] ?? "",
  ]);
}

/** A rule's explanation for editors: without the ids of the rule book, with tags as code. */
function plain(rules: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(rules).map(([rule, text]) => {
    const withoutIds = text.replace(/ \((?:(?:[A-Z]+-\d+|DESIGN [^,)]*)(?:, )?)+\)/g, "");
    return [rule, withoutIds.replace(/<\w+>/g, "`$&`")];
  });
}

describe("the editor's guide", () => {
  it.each([
    ["### The file", fileRules],
    ["### The letter", sourceRules],
    ["### The finished mail", mailRules],
  ])("explains every rule and no other under %s", (heading, rules) => {
    expect(rows(heading)).toEqual(plain(rules));
  });

  it("explains every setting and every personal field", () => {
    expect(rows("## The settings").map(([key]) => key)).toEqual([...issueKeys]);
    expect(rows("### Personal fields").map(([field]) => field)).toEqual(fieldNames.map((name) => `{{ ${name} }}`));
  });

  it("shows a complete issue that has no fault, and its text part as it is", () => {
    const { issue, faults } = parseIssue(fenced("markdown"));
    expect(faults).toEqual([]);
    if (issue === null) return;
    const compiled = compileIssue({
      ...issue,
      templates: { read: (path) => readFileSync(join(root, "templates", path), "utf8") },
      publicUrl: "https://letters.example.org",
      webUrl: "https://letters.example.org/n/morning/fog-until-noon",
      archiveUrl: "https://letters.example.org/n/morning/archive",
      language: "en",
      newsletter: {
        name: "Morning Tide",
        pitch: "",
        slug: "morning",
        listId: "morning.example.org",
        from: { name: "Morning Tide", address: "morning@example.org" },
        replyTo: null,
        image: null,
      },
      operator: { name: "Courier", postalAddress: "1 Quay", privacyUrl: "https://example.org/privacy" },
      tags: [],
    });
    expect(compiled.faults).toEqual([]);
    expect(compiled.web?.text.startsWith(fenced("text").trimEnd())).toBe(true);
  });

  it.each([...guide.matchAll(/`(subject: .*?)`/g)].map((match) => match[1] ?? ""))("quotes %s rightly", (line) => {
    const { issue, faults } = parseIssue(`---\nnewsletter: a\n${line}\npreheader: b\nslug: c\n---\nx`);
    expect(faults).toEqual([]);
    expect(issue?.subject).not.toBe("");
  });
});
