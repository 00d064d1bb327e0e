import { describe, expect, it } from "vitest";
import { compileIssue } from "../../src/mail/compile.ts";
import { isError } from "../../src/mail/fault.ts";
import { fill } from "../../src/mail/segments.ts";
import { compiled, issueInput, values } from "./sample.ts";

describe("compiling an issue", () => {
  it("gives a mail, a web copy and no fault for a sound issue that uses everything", () => {
    const result = compileIssue(issueInput());
    expect(result.faults).toEqual([]);
    expect(result.mail).not.toBeNull();
    expect(result.web).not.toBeNull();
  });

  it("is a function of its input alone", () => {
    expect(JSON.stringify(compileIssue(issueInput()))).toBe(JSON.stringify(compileIssue(issueInput())));
  });

  it("survives being kept as JSON", () => {
    const { mail } = compiled();
    expect(JSON.parse(JSON.stringify(mail))).toEqual(mail);
  });

  it("leaves a handful of segments, since each reader's mail is put together from them", () => {
    const { mail } = compiled();
    expect(mail.html.length).toBeLessThan(20);
    expect(mail.text.length).toBeLessThan(20);
  });

  it("fills each reader's fields in all three parts", () => {
    const { mail } = compiled();
    expect(fill(mail.subject, values)).toBe("The ferry stays, Åsa");
    const [html, text] = [fill(mail.html, values), fill(mail.text, values)];
    expect(html).toContain("Good morning, Åsa.");
    expect(html).toContain("<title>The ferry stays, Åsa</title>");
    expect(text).toContain("Good morning, Åsa.");
    for (const part of [html, text]) {
      expect(part).toContain(values.email);
      expect(part).toContain(values.leaveUrl);
      expect(part).toContain(values.preferencesUrl);
      expect(part).toContain("https://news.harbour.example/n/morning/ferry-stays");
      expect(part).not.toMatch(/tidingsmark|\{\{|\}\}|undefined/);
    }
  });

  it("escapes what readers call themselves in HTML and nowhere else", () => {
    const { mail } = compiled();
    const hostile = { ...values, name: `<img src=x onerror="alert(1)">` };
    expect(fill(mail.html, hostile)).toContain("Good morning, &lt;img src=x onerror=&quot;alert(1)&quot;&gt;.");
    expect(fill(mail.html, hostile)).not.toContain("<img src=x");
    expect(fill(mail.text, hostile)).toContain(`Good morning, ${hostile.name}.`);
  });

  it("prints the fallback for readers without a name", () => {
    const { mail } = compiled();
    const nameless = { ...values, name: "" };
    expect(fill(mail.subject, nameless)).toBe("The ferry stays, reader");
    expect(fill(mail.text, nameless)).toContain("Good morning, reader.");
  });

  it("carries the list headers, filled with the reader's own link (FMT-11, FMT-12)", () => {
    const { mail } = compiled();
    const headers = mail.headers.map(([name, value]) => [name, fill(value, values)]);
    expect(headers).toEqual([
      ["List-Id", "The Harbour Morning <morning.news.harbour.example>"],
      ["List-Unsubscribe", `<${values.leaveUrl}>`],
      ["List-Unsubscribe-Post", "List-Unsubscribe=One-Click"],
      ["List-Archive", "<https://news.harbour.example/n/morning/archive>"],
      ["List-Owner", "<mailto:newsroom@harbour.example>"],
    ]);
  });

  it("names no archive where nobody finds one (RFC 2369)", () => {
    const { mail } = compiled({ archiveUrl: null });
    const names = mail.headers.map(([name]) => name);
    expect(names).toEqual(["List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Owner"]);
  });

  it("tags each mail with what it is told and with the subscriber", () => {
    const { mail } = compiled();
    const tags = mail.tags.map(([name, value]) => [name, fill(value, values)]);
    expect(tags).toEqual([
      ["issue", "42"],
      ["subscriber", "81"],
    ]);
  });

  it("marks a test in the subject and in both parts", () => {
    const { mail } = compiled({ test: true });
    expect(fill(mail.subject, values)).toBe("[Test] The ferry stays, Åsa");
    expect(fill(mail.html, values)).toContain("This is a test.");
    expect(fill(mail.text, values)).toMatch(/^THIS IS A TEST\./);
    expect(fill(compiled().mail.html, values)).not.toContain("This is a test.");
  });

  it("hides the preheader before everything else (FMT-22)", () => {
    const html = fill(compiled({ preheader: "One < two" }).mail.html, values);
    const body = html.slice(html.indexOf("<body"));
    expect(body).toMatch(
      /^<body[^>]*>\s*<div lang="en-GB" dir="ltr"[^>]*>\s*<div class="m-preheader"[^>]*>One &lt; two&#8199;/,
    );
    expect(body).toMatch(/class="m-preheader" style="display: none; max-height: 0;[^"]*mso-hide: all;/);
  });

  it("writes the day in the newsletter's language, and turns the page for right-to-left ones", () => {
    const german = fill(compiled({ language: "de" }).mail.html, values);
    expect(german).toContain("Dienstag, 5. Mai 2026");
    const hebrew = fill(compiled({ language: "he" }).mail.html, values);
    expect(hebrew).toContain('<html lang="he" dir="rtl"');
    expect(hebrew).toContain("border-right: 3px solid");
    expect(fill(compiled({ date: null }).mail.text, values)).toContain("The Harbour Morning\n\nView in browser");
  });

  it("makes the newsletter's name the title where the text has none", () => {
    const html = fill(compiled({ markdown: "Just text." }).mail.html, values);
    expect(html).toMatch(/<h1 class="m-name"[^>]*>The Harbour Morning<\/h1>/);
    expect(fill(compiled().mail.html, values)).toMatch(/<p class="m-name"/);
  });

  it("gives neither mail nor web copy when a fault is an error", () => {
    const result = compileIssue(issueInput({ markdown: "[x y](javascript:alert)" }));
    expect(result.faults.some(isError)).toBe(true);
    expect([result.mail, result.web]).toEqual([null, null]);
  });
});

describe("the web copy", () => {
  it("is the same for everybody: fallbacks, no address, no reader's link (FMT-28)", () => {
    const { web } = compiled({
      markdown: "{{ subscriber.email }} [a b]({{ unsubscribe_url }}) {{ subscriber.name | default: 'x<y' }}",
    });
    expect(web.html).toBe('<p> <a href="https://news.harbour.example/">a b</a> x&lt;y</p>');
    expect(web.text).toBe("a b (https://news.harbour.example/) x<y\n");
    expect(web.title).toBe("The ferry stays, reader");
  });

  it("holds no trace of templates or marks", () => {
    const { web } = compiled();
    expect(web.html + web.text + web.title).not.toMatch(/tidingsmark|\{\{|m-p|style=/);
  });
});
