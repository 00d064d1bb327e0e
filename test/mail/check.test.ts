import { describe, expect, it } from "vitest";
import { checkMail } from "../../src/mail/check.ts";
import { type MailRule, mailRules } from "../../src/mail/rules.ts";

const layout = 'role="presentation" cellpadding="0" cellspacing="0" border="0"';

/** A small mail in which nothing is wrong. */
const sound = `<!doctype html>
<html lang="en" dir="ltr"><head><meta charset="utf-8"><title>News &amp; views</title>
<style>@media (max-width:600px){.a{padding:0!important}} @media (prefers-color-scheme:dark){.a{color:#eee!important}}</style>
<!--[if mso]><style>td{font-family:Georgia}</style><![endif]-->
</head><body><div lang="en" dir="ltr"><!-- <script>not one</script> -->
<!--[if mso]><table ${layout} width="600"><tr><td><![endif]-->
<table ${layout} width="100%"><tr><td class="a" style="font-family:'A;B', serif;font-size:16px">
<h1>One</h1><h2>Two</h2><p>1 < 2 & <a href="https://a.example/?b=1&amp;c=2">The report</a>, <a href='mailto:ida@a.example?subject=x'>Ida</a></p>
<a href="https://b.example/"><img src="https://a.example/b.png" alt="A boat" width="536" style="display:block"></a>
<table cellpadding="0" cellspacing="0" border="0"><tr><th scope="col">A</th></tr><tr><td>1</td></tr></table>
</td></tr></table><!--[if mso]></td></tr></table><![endif]-->
</div></body></html>`;
const soundText = "The report (https://a.example/?b=1&c=2), Ida (ida@a.example)\nhttps://b.example/\n";

/** For each rule, changes to the sound mail that break it: what is replaced, and by what. */
const breaking: Readonly<Record<MailRule, readonly (readonly [from: string, to: string])[]>> = {
  "html-language": [
    ['<html lang="en"', "<html"],
    ['<html lang="en" dir="ltr"', '<html lang="en"'],
    ['<html lang="en" dir="ltr"', '<html lang="" dir="ltr"'],
  ],
  "wrapper-language": [
    ['<div lang="en" dir="ltr">', "<div>"],
    ['<div lang="en" dir="ltr">', '<div lang="en" dir="auto">'],
  ],
  title: [
    ["<title>News &amp; views</title>", ""],
    ["News &amp; views", " "],
  ],
  "layout-table": [
    [`<table ${layout} width="100%">`, '<table cellpadding="0" cellspacing="0" border="0">'],
    [`<table ${layout} width="600">`, '<table cellpadding="0" cellspacing="0" border="0">'],
  ],
  "table-attributes": [
    ['cellpadding="0"', ""],
    ['border="0" width="100%"', 'border="1"'],
  ],
  "picture-alt": [
    [' alt="A boat"', ""],
    [' alt="A boat"', ' alt=""'],
  ],
  "picture-width": [
    [' width="536"', ""],
    [' width="536"', ' width="auto"'],
    ["display:block", "display:inline"],
  ],
  "heading-step": [
    ["<h2>Two</h2>", "<h3>Two</h3>"],
    ["<h1>One</h1><h2>Two</h2>", "<h3>Two</h3>"],
  ],
  "vague-link": [["The report", "<b>Click</b> here"]],
  "small-text": [["font-size:16px", "font-size:13px"]],
  "forbidden-element": [
    ["<h1>", "<script>alert(1)</script><h1>"],
    ["<h1>", "<SCRIPT\n src='https://a.example/x.js'></SCRIPT><h1>"],
    ["<h1>", "<form></form><h1>"],
    ["<h1>", "<iframe></iframe><h1>"],
    ["<h1>", "<svg></svg><h1>"],
    ["<h1>", "<video></video><h1>"],
    ["<h1>", "<object></object><h1>"],
  ],
  "script-attribute": [["<h1>", "<h1 onclick='x()'>"]],
  "data-url": [["https://a.example/b.png", "data:image/png;base64,AAAA"]],
  "relative-url": [
    ["https://a.example/b.png", "/b.png"],
    ["https://a.example/b.png", "//a.example/b.png"],
    ["https://b.example/", "page.html"],
    ["https://b.example/", ""],
  ],
  "external-css": [
    ["<title>", '<link rel="stylesheet" href="https://a.example/a.css"><title>'],
    ["<style>@media", '<style>@import "https://a.example/a.css"; @media'],
  ],
  "fragile-css": [
    ["font-size:16px", "position:absolute"],
    ["font-size:16px", "display: inline-flex"],
    ["font-size:16px", "display:grid"],
    ["font-size:16px", "color:var(--ink)"],
    ["font-size:16px", "--ink:#000"],
    ["font-size:16px", "background-image:url(https://a.example/b.png)"],
    ["font-size:16px", "background:#fff url('https://a.example/b;c.png')"],
    ["padding:0!important", "float:left!important"],
  ],
  "style-blocks": [
    ["<title>", "<style>@media print{a{color:red}}</style><title>"],
    ["padding:0!important", `padding:0!important;${"color:#eee!important;".repeat(400)}`],
  ],
  "style-media": [["<style>@media", "<style>.a{color:red} @media"]],
  "text-part": [],
  "text-links": [
    ["https://b.example/", "https://b.example/other"],
    ["https://a.example/?b=1&amp;c=2", "https://a.example/?b=1"],
    ["mailto:ida@a.example", "mailto:ole@a.example"],
  ],
  "html-size": [["<h1>", `<p>${"word ".repeat(17_000)}</p><h1>`]],
};

const cases = Object.entries(breaking).flatMap(([rule, changes]) =>
  changes.map(([from, to]) => [rule, from, to] as const),
);

describe("checking a finished mail", () => {
  it("finds nothing in a sound one", () => {
    expect(checkMail(sound, soundText)).toEqual([]);
  });

  it.each(cases)("reports %s when %j becomes %j", (rule, from, to) => {
    expect(sound).toContain(from);
    const faults = checkMail(sound.replace(from, to), soundText);
    expect(faults.map((fault) => fault.rule)).toContain(rule);
  });

  it("reports an empty text part, and with it every link that is missing", () => {
    const rules = checkMail(sound, " \n").map((fault) => fault.rule);
    expect(rules.filter((rule) => rule === "text-links")).toHaveLength(3);
    expect(rules).toContain("text-part");
  });

  it("reports a size over 100 kB as an error", () => {
    const faults = checkMail(sound.replace("<h1>", `<p>${"wörd ".repeat(17_000)}</p><h1>`), soundText);
    expect(faults.map((fault) => `${fault.level} ${fault.rule}`)).toEqual(["error html-size"]);
  });

  it("names the line and column of the HTML", () => {
    const faults = checkMail(sound.replace(' alt="A boat"', ""), soundText);
    expect(faults[0]).toMatchObject({ rule: "picture-alt", line: 9, column: 30 });
  });

  it("has a breaking example for every rule", () => {
    expect(Object.keys(breaking).sort()).toEqual(Object.keys(mailRules).sort());
  });

  it.each([
    ["<a ".repeat(30_000)],
    ["<".repeat(100_000)],
    ['<a "'.repeat(5_000)],
    ["<!--".repeat(20_000)],
    ["&#1".repeat(30_000)],
  ])("reads broken HTML in bounded time: %#", (html) => {
    // What takes more than linear time runs into the suite's timeout.
    expect(checkMail(html, "x").length).toBeGreaterThan(0);
  });
});
