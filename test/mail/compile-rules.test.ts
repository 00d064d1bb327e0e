import { describe, expect, it } from "vitest";
import { compileIssue, type IssueInput } from "../../src/mail/compile.ts";
import { type IssueRule, issueRules, sourceRules } from "../../src/mail/rules.ts";
import { issueInput, templates } from "./sample.ts";

const footer = "mail/partials/footer.html.liquid";
const plainFooter = "mail/partials/footer.text.liquid";

/** For each rule an issue that breaks it, and nothing else. */
const breaking: Readonly<Record<IssueRule, Partial<IssueInput>>> = {
  "subject-empty": { subject: "  " },
  "subject-long": { subject: "word ".repeat(17).trim() },
  "subject-control": { subject: "A\u0007b" },
  "preheader-missing": { preheader: "" },
  "preheader-address": { preheader: 'For {{ subscriber.email | default: "you" }}' },
  "empty-body": { markdown: "\n---\n" },
  "heading-order": { markdown: "# A\n\n### B" },
  "no-alt": { markdown: "![](https://a.example/b.png)" },
  "picture-place": { markdown: "A ![b](https://a.example/b.png)" },
  "bad-link": { markdown: "[a b](page.html)" },
  "short-link": { markdown: "[a b](https://bit.ly/x)" },
  "link-mismatch": { markdown: "[https://a.example](https://b.example/)" },
  "link-text": { markdown: "a [](https://a.example/)" },
  "personal-link": { markdown: "[a b](https://a.example/{{ subscriber.email }})" },
  attribute: { markdown: "[a b](https://a.example/){color=red}" },
  "button-place": { markdown: "a [b c](https://a.example/){button}" },
  "raw-html-ignored": { markdown: "<b>a</b>" },
  "unknown-field": { markdown: "{{ x }}" },
  "field-filter": { markdown: "{{ subscriber.name | upcase }}" },
  "field-fallback": { markdown: "{{ subscriber.name }}" },
  "liquid-tag": { markdown: "{% x %}" },
  "leave-link": {
    markdown: "a",
    templates: templates({
      [footer]: "<tr><td>{{ operator.postal_line }} {{ preferences_url }}</td></tr>",
    }),
  },
  "postal-address": {
    templates: templates({
      [plainFooter]: "{{ unsubscribe_url }} {{ preferences_url }} {{ web_url }} {{ operator.privacy_url }}",
    }),
  },
  "template-field": {
    templates: templates({
      [plainFooter]:
        "{% capture x %}{{ subscriber.name | default: 'r' }}{% endcapture %}{{ x | upcase }} {{ unsubscribe_url }} {{ preferences_url }} {{ web_url }} {{ operator.privacy_url }} {{ operator.postal_line }}",
    }),
  },
};

describe("rules for issues", () => {
  it.each(Object.entries(breaking))("%s is reported where it is broken, and alone", (rule, changes) => {
    const { faults } = compileIssue(issueInput(changes));
    expect([...new Set(faults.map((fault) => fault.rule))]).toEqual([rule]);
  });

  it("has a breaking example and an explanation for every rule", () => {
    expect(Object.keys(breaking).sort()).toEqual(Object.keys(sourceRules).sort());
    for (const text of Object.values(issueRules)) expect(text).toMatch(/^[A-Z].{20,}\.$/);
  });

  it("reports only rules that the table lists", () => {
    for (const changes of Object.values(breaking)) {
      for (const fault of compileIssue(issueInput(changes)).faults) expect(issueRules).toHaveProperty([fault.rule]);
    }
  });

  it("reports a mail that would be cut off, as a warning first and then as an error (FMT-21)", () => {
    const paragraph = `${"word ".repeat(100)}\n\n`;
    const long = compileIssue(issueInput({ markdown: paragraph.repeat(120) }));
    expect(long.faults.map((fault) => `${fault.level} ${fault.rule}`)).toEqual(["warning html-size"]);
    expect(long.mail).not.toBeNull();
    const longer = compileIssue(issueInput({ markdown: paragraph.repeat(160) }));
    expect(longer.faults.map((fault) => `${fault.level} ${fault.rule}`)).toEqual(["error html-size"]);
    expect(longer.mail).toBeNull();
  });

  it("reports a text that is over the size by itself, without making the mail", () => {
    const broken = templates({ "mail/issue.html.liquid": "{% nothing %}" });
    const { faults, mail } = compileIssue(issueInput({ markdown: "word ".repeat(20_000), templates: broken }));
    expect(mail).toBeNull();
    expect(faults).toMatchObject([{ level: "error", rule: "html-size", line: 0 }]);
    expect(faults[0]?.message).toBe("The text alone makes 101 kB of HTML; Gmail cuts off at about 102.");
  });

  it("sorts faults by their place", () => {
    const { faults } = compileIssue(issueInput({ markdown: "[a b](x)\n\n{{ y }}\n\n[c d](z)", subject: "" }));
    expect(faults.map((fault) => fault.line)).toEqual([0, 7, 9, 11]);
  });
});
