import { describe, expect, it } from "vitest";
import { compileIssue } from "../../src/mail/compile.ts";
import { fill } from "../../src/mail/segments.ts";
import { TemplateError } from "../../src/mail/template.ts";
import { compiled, issueInput, templates, values } from "./sample.ts";

const html = "mail/issue.html.liquid";
const footer = "mail/partials/footer.html.liquid";

describe("a site's own issue template", () => {
  it("may print the reader's name with a fallback", () => {
    const own = `${templates().read(footer)}<tr><td>{{- subscriber.name | default: "reader" -}}</td></tr>`;
    const { mail } = compiled({ templates: templates({ [footer]: own }) });
    expect(fill(mail.html, values)).toContain("<tr><td>Åsa</td></tr>");
    expect(fill(mail.html, { ...values, name: "" })).toContain("<tr><td>reader</td></tr>");
  });

  it.each([
    ['{% if subscriber.name != "" %}x{% endif %}', "used in"],
    ["{{ subscriber.name | upcase }}", "upcase"],
    ["{{ subscriber['name'] }}", "used in"],
    ["{{ subscriber.email | append: 'x' }}", "append"],
    ["{% assign x = unsubscribe_url %}", "used in"],
    ["{{ subscriber.phone }}", "used in"],
  ])("may do no more with a reader's fields: %s", (template, said) => {
    const source = templates({ [footer]: `a\nb\n${template}` });
    let error: unknown;
    try {
      compileIssue(issueInput({ templates: source }));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TemplateError);
    expect(error).toMatchObject({ path: footer, line: 3 });
    expect(String(error)).toContain(said);
  });

  it("is told what it lacks by law: the unsubscribe link and the postal address, each in both parts", () => {
    const bare = templates({
      [html]: "<html><body>{{ body | raw }}</body></html>",
      "mail/issue.text.liquid": "{{ body }}",
    });
    const { mail, faults } = compileIssue(issueInput({ templates: bare, markdown: "a" }));
    expect(mail).toBeNull();
    const errors = faults.filter((fault) => fault.level === "error").map((fault) => fault.message);
    expect(errors).toEqual([
      "The HTML part has no unsubscribe link.",
      "The text part has no unsubscribe link.",
      "The HTML part lacks the operator's postal address.",
      "The text part lacks the operator's postal address.",
    ]);
  });

  it("is refused when it holds a script, and only warned of what Outlook misreads", () => {
    const sound = templates().read(footer) ?? "";
    const script = compileIssue(issueInput({ templates: templates({ [footer]: `${sound}<script></script>` }) }));
    expect(script.mail).toBeNull();
    expect(script.faults).toMatchObject([{ level: "error", rule: "forbidden-element", line: 0 }]);
    expect(script.faults[0]?.message).toMatch(/^In line \d+ of the finished mail: <script>/);
    const flex = compileIssue(
      issueInput({ templates: templates({ [footer]: `${sound}<tr><td style="display:flex"></td></tr>` }) }),
    );
    expect(flex.mail).not.toBeNull();
    expect(flex.faults).toMatchObject([{ level: "warning", rule: "fragile-css" }]);
  });

  it.each([
    ["a missing template", { [html]: undefined }, html, 0],
    ["a missing partial", { [footer]: undefined }, html, 15],
    ["broken Liquid", { [html]: "a\n\n{% for x in %}" }, html, 3],
    ["an unknown value", { [footer]: "a\n{{ newsletter.colour }}" }, footer, 2],
  ])("is named with its line for %s", (_name, replaced, path, line) => {
    let error: unknown;
    try {
      compileIssue(issueInput({ templates: templates(replaced) }));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TemplateError);
    expect(error).toMatchObject({ path, line });
  });

  it("may change the look by the stylesheet alone", () => {
    const path = "mail/partials/style.css.liquid";
    const own = (templates().read(path) ?? "").replaceAll("#951b1e", "#004488");
    const { mail } = compiled({ templates: templates({ [path]: own }) });
    expect(fill(mail.html, values)).toContain('bgcolor="#004488"');
    expect(fill(mail.html, values)).not.toContain("#951b1e");
  });

  it("may set the subject's form", () => {
    const { mail } = compiled({
      templates: templates({ "mail/issue.subject.liquid": "{{ newsletter.name }}:\n{{ subject }}\n" }),
    });
    expect(fill(mail.subject, values)).toBe("The Harbour Morning: The ferry stays, Åsa");
  });
});
