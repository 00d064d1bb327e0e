import { describe, expect, it } from "vitest";
import { parseIssue } from "../../src/issue/parse.ts";

const file = `---
newsletter: morning
subject: 'Good morning, {{ subscriber.name | default: "reader" }}: the wall vote'
preheader: What the council decided after midnight
slug: wall-vote
date: 2026-11-22
---

# The wall vote

Read on.
`;

describe("parseIssue", () => {
  it("reads the settings and leaves the Markdown as it is", () => {
    expect(parseIssue(file)).toEqual({
      issue: {
        newsletter: "morning",
        subject: 'Good morning, {{ subscriber.name | default: "reader" }}: the wall vote',
        preheader: "What the council decided after midnight",
        slug: "wall-vote",
        date: Date.UTC(2026, 10, 22),
        markdown: "\n# The wall vote\n\nRead on.\n",
        firstLine: 8,
        places: { subject: { line: 3, column: 11 }, preheader: { line: 4, column: 12 } },
      },
      faults: [],
    });
  });

  it("accepts a byte order mark and Windows line ends as the same issue", () => {
    expect(parseIssue(`\ufeff${file.replaceAll("\n", "\r\n")}`)).toEqual(parseIssue(file));
  });

  it("keeps three dashes in the letter as part of the letter", () => {
    const { issue } = parseIssue(file.replace("Read on.", "Read on.\n\n---\n\nAnd on."));
    expect(issue?.markdown).toContain("Read on.\n\n---\n\nAnd on.");
  });

  it("ignores comments between the settings", () => {
    const { issue, faults } = parseIssue(file.replace("slug:", "# written at night\nslug:"));
    expect(faults).toEqual([]);
    expect(issue?.slug).toBe("wall-vote");
  });

  it("reads a missing preheader as an empty one, and leaves it to the compiler to warn", () => {
    const { issue, faults } = parseIssue(file.replace(/^preheader.*\n/m, ""));
    expect(issue?.preheader).toBe("");
    expect(faults).toEqual([]);
  });

  it("lets an issue with a long preheader pass, with a warning", () => {
    const { issue, faults } = parseIssue(file.replace("after midnight", "night ".repeat(30)));
    expect(issue).not.toBeNull();
    expect(faults).toMatchObject([{ level: "warning", rule: "preheader-length", line: 4 }]);
  });

  it("gives no issue when any fault is an error", () => {
    const { issue, faults } = parseIssue(file.replace("slug: wall-vote", "slug: Wall Vote"));
    expect(issue).toBeNull();
    expect(faults).toHaveLength(1);
  });

  it("names every fault at once, in the order of their lines", () => {
    const faulty = file
      .replace("newsletter: morning", "newsletter: Morning Tide")
      .replace("wall-vote", "Wall Vote")
      .replace("2026-11-22", "2026-11-31");
    const found = parseIssue(faulty).faults.map((fault) => `${fault.line}:${fault.column} ${fault.rule}`);
    expect(found).toEqual(["2:13 newsletter-slug", "5:7 issue-slug", "6:7 date-impossible"]);
  });
});
