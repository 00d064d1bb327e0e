import { describe, expect, it } from "vitest";
import type { FieldName, Segments } from "../../src/mail/message.ts";
import { escapeHtml, fill, fillWithFallbacks } from "../../src/mail/segments.ts";
import { values } from "./sample.ts";

const hostile = `"><svg onload=alert(1)>&'`;

function one(field: FieldName, as: "html" | "text" | "header", fallback = ""): Segments {
  return ["<", { field, as, fallback }, ">"];
}

describe("filling segments", () => {
  it("leaves literals as they stand and keeps their order", () => {
    expect(fill(["a & b ", { field: "name", as: "text", fallback: "" }, " c"], values)).toBe("a & b Åsa c");
  });

  it("escapes a value for HTML text and attributes", () => {
    const filled = fill(one("name", "html"), { ...values, name: hostile });
    expect(filled).toBe("<&quot;&gt;&lt;svg onload=alert(1)&gt;&amp;&#39;>");
  });

  it("prints a value raw in the text part", () => {
    expect(fill(one("name", "text"), { ...values, name: hostile })).toBe(`<${hostile}>`);
  });

  it.each(["\r\n", "\n", "\r", "\0", "\u007f", "\u0085", "\u2028", "\u2029", "\t\u001b"])(
    "turns %j in a header value into a space",
    (control) => {
      const filled = fill(one("name", "header"), { ...values, name: `A${control}Bcc: b@x.org` });
      expect(filled).toBe("<A Bcc: b@x.org>");
    },
  );

  it("prints the fallback of an empty value, escaped the same way", () => {
    expect(fill(one("name", "html", "a < b"), { ...values, name: "" })).toBe("<a &lt; b>");
    expect(fill(one("name", "text", "a < b"), { ...values, name: "" })).toBe("<a < b>");
    expect(fill(one("name", "header", "a\nb"), { ...values, name: "" })).toBe("<a b>");
  });

  it("fills a pattern of dollar signs without reading it as one", () => {
    expect(fill(one("name", "text"), { ...values, name: "$& $1 $$" })).toBe("<$& $1 $$>");
  });

  it("shows everybody the fallback and nobody's value", () => {
    const shown = fillWithFallbacks(["Hello ", { field: "name", as: "html", fallback: "you & me" }]);
    expect(shown).toBe("Hello you &amp; me");
  });
});

describe("escaping HTML", () => {
  it("escapes the five characters that matter and nothing else", () => {
    expect(escapeHtml(`&<>"' é – \u00a0`)).toBe("&amp;&lt;&gt;&quot;&#39; é – \u00a0");
  });
});
