import fc from "fast-check";
import { parse } from "parse5";
import { describe, expect, it } from "vitest";
import { compileIssue } from "../../src/mail/compile.ts";
import { fill } from "../../src/mail/segments.ts";
import { elements } from "./dom.ts";
import { read } from "./reading.ts";
import { issueInput, values } from "./sample.ts";

const pieces = fc.constantFrom(
  ..."# |## |- |1. |> |\n|\n\n|---|```|`|*|**|_|[|](|)|]|!|{button}|{width=3}|{{|}}|{%|%}|\\|<|>|&|\"|'|| |  |\t|\0|é|🌊|</td>|<script>|javascript:|https://a.example/|//b|data:,|www.c.example|mailto:d@e.example|{{ subscriber.name }}|{{ unsubscribe_url }}|tidingsmark0x0q|a|word".split(
    "|",
  ),
);
const source = fc.array(pieces, { maxLength: 40 }).map((list) => list.join(""));

describe("any Markdown", () => {
  it("compiles or is refused by faults, and what is compiled holds no foreign element, script or strange link", () => {
    fc.assert(
      fc.property(source, fc.string(), (markdown, name) => {
        const { mail, web, faults } = compileIssue(issueInput({ markdown }));
        if (mail === null || web === null) {
          expect(faults.some((fault) => fault.level === "error")).toBe(true);
          return;
        }
        const html = fill(mail.html, { ...values, name });
        for (const page of [html, web.html]) {
          for (const element of elements(parse(page))) {
            expect(element.tagName).not.toMatch(/^(script|iframe|form|svg|object|embed|input)$/);
            for (const { name: attribute, value } of element.attrs) {
              expect(attribute).not.toMatch(/^on/);
              if (/^(href|src)$/.test(attribute)) expect(value).toMatch(/^(https:\/\/|mailto:)/);
            }
          }
        }
        expect(`${html}${fill(mail.text, values)}`.replaceAll("tidingsmark0x0q", "")).not.toContain("tidingsmark");
      }),
      { numRuns: 150, seed: 42 },
    );
  });

  it.each([
    ["braces", "{{"],
    ["backslashes", "\\"],
    ["brackets", "["],
    ["images", "!["],
    ["stars", "*a "],
    ["quotes", "> "],
    ["angle brackets", "<a "],
    ["blanks", "      x"],
    ["dots", "a."],
    ["fields", "{{ x }}"],
    ["underscores", "_a_"],
    ["links", "[a b](x)"],
  ])("of 30 kB of %s is read in bounded time (SEC-09)", (_name, piece) => {
    const text = piece.repeat(Math.ceil(30_000 / piece.length));
    // What takes more than linear time runs into the suite's timeout.
    expect(() => read(text)).not.toThrow();
  });
});
