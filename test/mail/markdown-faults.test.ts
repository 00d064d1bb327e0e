import { describe, expect, it } from "vitest";
import { printHtml } from "../../src/mail/html.ts";
import { read, short } from "./reading.ts";

describe("faults in Markdown", () => {
  it.each([
    ["javascript:alert(1)"],
    ["JaVaScRiPt:alert(1)"],
    ["&#106;avascript:alert(1)"],
    ["java&#9;script:alert(1)"],
    ["data:text/html;base64,PHNjcmlwdD4="],
    ["vbscript:msgbox(1)"],
    ["file:///etc/passwd"],
    ["//evil.example/x"],
    ["\\\\evil.example/x"],
    ["story.html"],
    ["../story"],
    ["#part"],
    ["?a=1"],
    ["https:evil"],
    ["https:///x"],
    ["http://plain.example/"],
    ["https://user:word@evil.example/"],
    ["https://good.example@evil.example/"],
    ["https://exa mple.com/"],
    ["https://[::1/"],
    ["mailto:nobody"],
    ["tel:123"],
    [""],
  ])("refuses a link to %j and prints no link", (target) => {
    const { blocks, faults } = read(`A [text](<${target}>) b`);
    expect(short(faults)).toEqual(["error bad-link 1:3"]);
    expect(printHtml(blocks)).toBe('<p class="m-p">A text b</p>');
  });

  it.each([["javascript:alert(1)"], ["data:image/png;base64,AAAA"], ["mailto:a@b.example"], ["boat.png"]])(
    "refuses a picture from %j",
    (source) => {
      expect(short(read(`![A boat](<${source}>)`).faults)).toEqual(["error bad-link 1:1"]);
    },
  );

  it("resolves a path of this site against the public address alone (I9)", () => {
    expect(printHtml(read("[a](/n/morning?x=1)").blocks)).toContain('href="https://news.example/n/morning?x=1"');
    expect(printHtml(read("[a](</\\evil.example>)").blocks)).toContain('href="https://news.example/%5Cevil.example"');
    expect(printHtml(read("![a](/p/boat.png)").blocks)).toContain('src="https://news.example/p/boat.png"');
  });

  it("allows plain http only where the site itself has nothing better", () => {
    expect(read("[a b](http://a.example/)", "en", "http://127.0.0.1:8080").faults).toEqual([]);
  });

  it("names line and column of each fault, also in lists, quotes, tables and after fields", () => {
    const source = [
      "First line",
      "second {{ site_url }} and [bad](x)",
      "",
      "- item",
      "  - deeper ![](https://a.example/b.png)",
      "",
      "> quoted",
      "> [one](y) and [two](z)",
      "",
      "| a | b |",
      "|---|---|",
      "| c | [bad](q) |",
      "",
      "#### Deep",
    ].join("\n");
    expect(short(read(source).faults)).toEqual([
      "error bad-link 2:27",
      "error no-alt 5:12",
      "error picture-place 5:12",
      "error bad-link 8:3",
      "error bad-link 8:16",
      "error bad-link 12:7",
      "warning heading-order 14:1",
    ]);
  });

  it("warns of a link that shows one address and leads to another", () => {
    expect(short(read("[www.bank.example](https://evil.example/)").faults)).toEqual(["warning link-mismatch 1:1"]);
    expect(read("[www.bank.example](https://bank.example/login)").faults).toEqual([]);
    expect(read("[Node.js](https://nodejs.example/)").faults).toEqual([]);
  });

  it("warns of shortened addresses and of words that say nothing", () => {
    expect(short(read("[The report](https://bit.ly/abc)").faults)).toEqual(["warning short-link 1:1"]);
    expect(short(read("[Click here](https://a.example/)").faults)).toEqual(["warning link-text 1:1"]);
    expect(short(read("[](https://a.example/)").faults)).toEqual(["error link-text 1:1"]);
  });

  it("warns of HTML, but not where it is escaped or code", () => {
    expect(short(read('text\n<div class="x">\n').faults)).toEqual(["warning raw-html-ignored 2:1"]);
    expect(read("a \\<div> `<div>` 1 < 2 <https://a.example/>\n\n    <div>").faults).toEqual([]);
  });

  it("warns of skipped heading levels and of a first heading that is too deep", () => {
    expect(short(read("# A\n\n### B").faults)).toEqual(["warning heading-order 3:1"]);
    expect(short(read("### A\n\n#### B").faults)).toEqual(["warning heading-order 1:1"]);
    expect(read("## A\n\n### B\n\n## C").faults).toEqual([]);
  });

  it("wants a picture and a button each on a line of its own", () => {
    expect(short(read("A ![b](https://a.example/b.png) c").faults)).toEqual(["error picture-place 1:3"]);
    expect(short(read("A [b](https://a.example/b){button}").faults)).toEqual(["error button-place 1:3"]);
    expect(short(read("# [b](https://a.example/b){button}").faults)).toEqual(["error button-place 1:3"]);
  });

  it("knows no other attributes than button and width", () => {
    expect(short(read("[b](https://a.example/b){.red}").faults)).toEqual(["error attribute 1:1"]);
    expect(short(read("![b](https://a.example/b.png){width=wide}").faults)).toEqual(["error attribute 1:1"]);
    expect(read("[b](https://a.example/b) {not an attribute}").faults).toEqual([]);
  });
});
