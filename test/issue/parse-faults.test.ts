import { describe, expect, it } from "vitest";
import { fileRules } from "../../src/issue/file-rules.ts";
import { parseIssue } from "../../src/issue/parse.ts";

const sound = { newsletter: "morning", subject: "Fog until noon", preheader: "And the ferries", slug: "fog" };

function issueFile(lines: Partial<Record<keyof typeof sound, string>>, more: readonly string[] = []): string {
  const settings = Object.entries({ ...sound, ...lines }).map(([key, value]) => `${key}: ${value}`);
  return ["---", ...settings, ...more, "---", "", "Good morning.", ""].join("\n");
}

type Row = readonly [what: string, source: string, fault: string, words: RegExp];

const rows: readonly Row[] = [
  ["an empty file", "\ufeff\r\n ", "1:1 file-empty", /three dashes/],
  ["a file over 1 MB", issueFile({}) + "x".repeat(1_000_000), "1:1 file-size", /1 MB.*linked/],
  ["a file over 1 MB in bytes only", issueFile({}) + "ü".repeat(500_001), "1:1 file-size", /1\.0 MB/],
  ["a file that is not UTF-8", "---\r\nsubject: M\ufffdrz\r\n---\r\nx", "2:11 file-encoding", /UTF-8/],
  ["a file with a NUL", issueFile({}).replace("Good", "Go\0d"), "8:3 file-encoding", /UTF-8/],
  ["half a surrogate pair", issueFile({}).replace("Good", "\ud83d"), "8:1 file-encoding", /UTF-8/],
  ["no front matter", "# Good morning\n", "1:1 front-matter-missing", /no front matter.*three dashes/],
  ["empty lines before it", `\n\n${issueFile({})}`, "1:1 front-matter-missing", /Delete the empty lines.*line 3/],
  ["an em dash for the hyphens", `—${issueFile({}).slice(3)}`, "1:1 front-matter-missing", /three hyphens/],
  ["front matter without end", "---\nsubject: a\nslug: b\n\nHi\n", "1:1 front-matter-open", /after line 3/],
  ["front matter of 11,000 characters", issueFile({}, [`# ${"x".repeat(11_000)}`]), "1:1 front-matter-size", /line 7/],
  ["a missing space", issueFile({}).replace("subject: ", "subject:"), "3:1 front-matter-syntax", /subject: Fog/],
  ["an indented setting", issueFile({}).replace("slug", "  slug"), "5:1 front-matter-syntax", /very start/],
  ["a tab before a setting", issueFile({}).replace("slug", "\tslug"), "5:1 front-matter-syntax", /very start/],
  ["prose among the settings", issueFile({}, ["Good morning"]), "6:1 front-matter-syntax", /key: value.*three dashes/],
  ["a list for settings", "---\n- a\n- b\n---\nx", "2:1 front-matter-syntax", /not a setting/],
  ["settings in braces", "---\n{subject: a}\n---\nx", "2:1 front-matter-syntax", /not a setting/],
  ["a second document", issueFile({}, ["...", "date: 2026-11-22"]), "6:1 front-matter-syntax", /not a setting/],
  ["a colon in a subject", issueFile({ subject: "Fog: why" }), "3:10 front-matter-syntax", /subject: "Fog: why"/],
  ["braces first", issueFile({ subject: "{{ a }}, hi" }), "3:10 front-matter-syntax", /subject: "\{\{ a }}, hi"/],
  ["braces only", issueFile({ subject: "{{ a }}" }), "3:10 not-text", /subject: "\{\{ a }}"/],
  ["an @ first", issueFile({ subject: "@home" }), "3:10 front-matter-syntax", /subject: "@home"/],
  ["an open quote", issueFile({ subject: '"Fog' }), "3:10 front-matter-syntax", /never closed/],
  ["an inner quote", issueFile({ subject: "'Don't go'" }), "3:10 front-matter-syntax", /write ''/],
  ["an unknown escape", issueFile({ subject: '"a\\qb"' }), "3:10 front-matter-syntax", /backslash/],
  ["a misspelt key", issueFile({}, ["dat: 2026-11-22"]), "6:1 unknown-key", /Did you mean "date"/],
  ["a key in capitals", issueFile({}, ["DATE: 2026-11-22"]), "6:1 unknown-key", /Did you mean "date"/],
  ["a key under another name", issueFile({}, ["published: now"]), "6:1 unknown-key", /Did you mean "date"/],
  ["a key of the newsletter", issueFile({}, ["sender_name: Ada"]), "6:1 unknown-key", /belongs to the newsletter/],
  ["a key out of nowhere", issueFile({}, ["layout: wide"]), "6:1 unknown-key", /settings are newsletter, subject/],
  ["a merge key", issueFile({}, ["<<: x"]), "6:1 unknown-key", /settings are/],
  ["a prototype key", issueFile({}, ["__proto__: x"]), "6:1 unknown-key", /settings are/],
  ["a list as key", issueFile({}, ["? [a]", ": b"]), "6:3 unknown-key", /settings are/],
  ["a key twice", issueFile({}, ["slug: mist"]), "6:1 duplicate-key", /line 5.*Keep one/],
  ["an empty value", issueFile({ subject: "" }), "3:1 empty-value", /"subject" has no value/],
  ["empty quotes", issueFile({ subject: '" "' }), "3:1 empty-value", /"subject" has no value/],
  ["null", issueFile({ subject: "null" }), "3:1 empty-value", /"subject" has no value/],
  ["a number", issueFile({ subject: "1984" }), "3:10 not-text", /number.*subject: "1984"/],
  ["a truth value", issueFile({ subject: "true" }), "3:10 not-text", /boolean.*subject: "true"/],
  ["a year as date", issueFile({}, ["date: 2026"]), "6:7 not-text", /2026-11-22/],
  ["a list", issueFile({ subject: "[a, b]" }), "3:10 not-text", /list/],
  ["an anchor", issueFile({ subject: "&a Fog" }), "3:13 not-text", /anchor/],
  ["an alias", issueFile({}, ["# &a", "date: *a"]), "7:7 not-text", /quotes: date: "\*a"/],
  ["a tag", issueFile({ subject: "!!str 42" }), "3:16 not-text", /tag/],
  ["a subject in a block", issueFile({ subject: "|\n  Fog" }), "3:10 several-lines", /one line/],
  ["a subject going on below", issueFile({ subject: "Fog\n  until noon" }), "3:10 several-lines", /one line/],
  ["a subject cut by #", issueFile({ subject: "Berth #4 opens" }), "3:10 cut-by-comment", /subject: "Berth #4 opens"/],
  ["a name for a newsletter", issueFile({ newsletter: "The Tide" }), "2:13 newsletter-slug", /newsletter: the-tide/],
  ["a slug in capitals", issueFile({ slug: "Fog-Über" }), "5:7 issue-slug", /slug: fog-uber/],
  ["a slug of nothing usable", issueFile({ slug: "霧" }), "5:7 issue-slug", /slug: fog-until-noon/],
  ["a slug of 81", issueFile({ slug: "x".repeat(81) }), "5:7 issue-slug", /at most 80/],
  ["a slug ending in a hyphen", issueFile({ slug: "fog-" }), "5:7 issue-slug", /slug: fog$/],
  ["a subject of 201", issueFile({ subject: "x".repeat(201) }), "3:10 subject-length", /201.*200/],
  ["a preheader of 141", issueFile({ preheader: "x".repeat(141) }), "4:12 preheader-length", /141/],
  ["a German date", issueFile({}, ["date: 22.11.2026"]), "6:7 date-format", /2026-11-22T06:30\+01:00/],
  ["a time without zone", issueFile({}, ["date: 2026-11-22T06:30"]), "6:7 date-format", /zone/],
  ["30 February", issueFile({}, ["date: 2026-02-30"]), "6:7 date-impossible", /no such date/],
  ["no text", issueFile({}).replace("Good morning.", " "), "6:1 markdown-empty", /below these dashes/],
];

describe("a faulty issue file", () => {
  it.each(rows)("with %s is told where and how to mend it", (_what, source, fault, words) => {
    const { faults } = parseIssue(source);
    expect(faults.map(({ line, column, rule }) => `${line}:${column} ${rule}`)).toContain(fault);
    const { message, hint } = faults.find(({ rule }) => fault.endsWith(rule)) ?? { message: "", hint: "" };
    expect(`${message} ${hint}`).toMatch(words);
  });

  it.each(rows)("with %s has the same faults at the same places under Windows line ends", (_what, source) => {
    const windows = source.replaceAll("\r\n", "\n").replaceAll("\n", "\r\n");
    if (windows.length > 1_000_000) return;
    expect(parseIssue(windows)).toEqual(parseIssue(source));
  });

  it("is told of one fault where one mistake was made", () => {
    for (const [what, source] of rows) expect(parseIssue(source).faults, what).toHaveLength(1);
  });

  it.each(["\r", "\n", "\0", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"])(
    "with %j escaped in its subject or preheader is refused (FMT-15)",
    (character) => {
      const escaped = `"Fog\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}Bcc: a@example.org"`;
      for (const key of ["subject", "preheader"]) {
        const { issue, faults } = parseIssue(issueFile({ [key]: escaped }));
        expect(issue).toBeNull();
        expect(faults).toMatchObject([{ level: "error", rule: "control-character" }]);
      }
    },
  );

  it("with a missing setting is told which, and what to write", () => {
    const { faults } = parseIssue("---\nsubject: The wall’s cost, at last: a guide\n---\nx".replace(": a", ", a"));
    expect(faults.map(({ rule, message }) => `${rule} ${message}`)).toEqual([
      'missing-key The front matter has no "newsletter".',
      'missing-key The front matter has no "slug".',
    ]);
    expect(faults[1]?.hint).toContain("slug: the-walls-cost-at-last-a-guide");
  });

  it("with an anchor and an alias is told of both", () => {
    const { faults } = parseIssue(issueFile({ subject: "&a Fog", preheader: "*a" }));
    expect(faults.map(({ line, rule, message }) => `${line} ${rule} ${message}`)).toEqual([
      expect.stringMatching(/^3 not-text .*anchor/),
      expect.stringMatching(/^4 not-text .*alias/),
    ]);
  });

  it("is offered a slug from its own name when it has no subject", () => {
    const { faults } = parseIssue("---\nnewsletter: morning\n---\nx", "letters/2026-11-22 Fog.md");
    expect(faults.map((fault) => fault.hint).join()).toContain("slug: 2026-11-22-fog");
  });

  it("never carries control characters or pages of text into its messages (SEC-23)", () => {
    const { faults } = parseIssue(issueFile({}, [`"\x1b]8;;http://evil${"\u202e".repeat(900)}": x`]));
    expect(faults).toHaveLength(1);
    for (const { message, hint } of faults) {
      expect(`${message}${hint}`).not.toContain("\x1b");
      expect(`${message}${hint}`).not.toContain("\u202e");
      expect(message.length).toBeLessThan(500);
    }
  });

  it("shows every rule that needs no database in at least one of these faults", () => {
    const sources = [...rows.map((row) => row[1]), "---\n---\nx", issueFile({ subject: '"a\\nb"' })];
    const shown = new Set(sources.flatMap((source) => parseIssue(source).faults.map((fault) => fault.rule)));
    const expected = Object.keys(fileRules).filter(
      // These two are for the installation to tell, not for the file.
      (rule) => rule !== "unknown-newsletter" && rule !== "instance-incomplete",
    );
    expect([...shown].sort()).toEqual(expected.sort());
  });
});
