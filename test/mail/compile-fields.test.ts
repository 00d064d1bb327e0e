import { describe, expect, it } from "vitest";
import { compileIssue } from "../../src/mail/compile.ts";
import { fill } from "../../src/mail/segments.ts";
import { read, short } from "./reading.ts";
import { compiled, issueInput, values } from "./sample.ts";

describe("personal fields", () => {
  it.each([
    ["{{ subscriber.name | upcase }}", "error field-filter 1:1"],
    ["{{ subscriber.name | default: reader }}", "error field-filter 1:1"],
    ["{{ subscriber.name | default: “reader” }}", "error field-filter 1:1"],
    ['{{ subscriber.name | default: "a" | upcase }}', "error field-filter 1:1"],
    ['{{ unsubscribe_url | default: "a" }}', "error field-filter 1:1"],
    ["{{ subscriber.nmae }}", "error unknown-field 1:1"],
    ["{{ name }}", "error unknown-field 1:1"],
    ["{{ }}", "error unknown-field 1:1"],
    ["{{ subscriber.name", "error unknown-field 1:1"],
    ["{{ subscriber\n.name }}", "error unknown-field 1:1"],
    ["{{- subscriber.name -}}", "error unknown-field 1:1"],
    ['{{constructor.constructor("return process")()}}', "error unknown-field 1:1"],
    ["{{__proto__.x}}", "error unknown-field 1:1"],
    ["{{env.RESEND_API_KEY}}", "error unknown-field 1:1"],
    ["{{ {{ subscriber.name }} }}", "error unknown-field 1:1"],
    ["{% if subscriber.name %}x{% endif %}", "error liquid-tag 1:1"],
    ["{%include 'x'%}", "error liquid-tag 1:1"],
  ])("refuses %j", (source, expected) => {
    expect(short(read(source).faults)[0]).toBe(expected);
  });

  it("proposes the field that was probably meant", () => {
    expect(read("{{ subscriber.nmae }}").faults[0]?.hint).toBe("Did you mean {{ subscriber.name }}?");
    expect(read("{{ unsubscribeurl }}").faults[0]?.hint).toBe("Did you mean {{ unsubscribe_url }}?");
  });

  it("names the file's line, counted from where the Markdown begins", () => {
    const { faults } = compileIssue(issueInput({ markdown: "a\n\nb {{ x.y }}", firstLine: 9 }));
    expect(short(faults)).toEqual(["error unknown-field 11:3"]);
  });

  it("names the place of subject and preheader when it is given", () => {
    const places = { subject: { line: 3, column: 10 }, preheader: { line: 4, column: 12 } };
    const { faults } = compileIssue(issueInput({ subject: "A {{ b }}", preheader: "{{ subscriber.email }}", places }));
    expect(short(faults)).toEqual(["error unknown-field 3:12", "error preheader-address 4:12"]);
    const whole = compileIssue(issueInput({ subject: "A {{ b }}" }));
    expect(short(whole.faults)).toEqual(["error unknown-field 0:0"]);
  });

  it("warns where a reader without a name would see a gap", () => {
    expect(short(read("Hi {{ subscriber.name }}").faults)).toEqual(["warning field-fallback 1:4"]);
  });

  it("prints braces that a backslash escapes", () => {
    const { mail } = compiled({ markdown: "\\{{ subscriber.name }} \\{% if %}" });
    expect(fill(mail.text, values)).toContain("\n{{ subscriber.name }} {% if %}\n");
    expect(fill(mail.html, values)).toContain("{{ subscriber.name }} {% if %}");
  });

  it("keeps a reader's name and address out of links (the target's site would get them)", () => {
    for (const target of [
      "https://a.example/?e={{ subscriber.email }}",
      "{{ unsubscribe_url }}?x=1",
      "{{ subscriber.name }}",
    ]) {
      expect(short(read(`[see it](<${target}>)`).faults).at(-1)).toBe("error personal-link 1:1");
    }
    expect(short(read("![a]({{ unsubscribe_url }})").faults)).toEqual(["error personal-link 1:1"]);
  });

  it("fills site-wide addresses into links and text", () => {
    const { mail } = compiled({
      markdown: "[about us]({{ site_url }}/about?a=1&b=2) at {{ site_url }}, [web]({{ web_url }})",
    });
    expect(fill(mail.html, values)).toContain('href="https://news.harbour.example/about?a=1&amp;b=2"');
    expect(fill(mail.text, values)).toContain(
      "about us (https://news.harbour.example/about?a=1&b=2) at\nhttps://news.harbour.example, web\n(https://news.harbour.example/n/morning/ferry-stays)",
    );
  });

  it("is not confused by text that looks like its own marks", () => {
    const literal = "tidingsmark0x0q tidingsmark1x0q";
    const { mail, web } = compiled({
      markdown: `${literal} {{ subscriber.name | default: "r" }} [l k](https://tidingsmark0x1q.example/)`,
    });
    expect(fill(mail.text, values)).toContain(`${literal} Åsa l k`);
    expect(web.html).toContain(literal);
    expect(web.html).toContain("https://tidingsmark0x1q.example/");
  });

  it("finds its marks again inside emphasis, headings, tables, code and button texts", () => {
    const name = '{{ subscriber.name | default: "r" }}';
    const { mail } = compiled({
      markdown: `# ${name}\n\n**${name}** _${name}_ \`${name}\`\n\n| ${name} |\n|--|\n| ${name} |\n\n[for ${name}](https://a.example/){button}\n\n![${name}](https://a.example/b.png "${"of {{ subscriber.name | default: 'r' }}"}")`,
    });
    expect(fill(mail.html, values).match(/Åsa/g)?.length).toBe(11);
    expect(fill(mail.text, values).match(/Åsa/g)?.length).toBe(9);
  });
});
