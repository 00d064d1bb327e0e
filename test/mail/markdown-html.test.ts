import { describe, expect, it } from "vitest";
import { printHtml } from "../../src/mail/html.ts";
import { printWeb } from "../../src/mail/web.ts";
import { read } from "./reading.ts";

function html(source: string): string {
  const { blocks, faults } = read(source);
  expect(faults).toEqual([]);
  return printHtml(blocks);
}

function web(source: string): string {
  return printWeb(read(source).blocks);
}

describe("Markdown as mail HTML", () => {
  it("prints headings, emphasis, code and forced line ends", () => {
    expect(html("# One\n\nA **b** *c* ~~d~~ `e<f>`\\\ng")).toBe(
      '<h1 class="m-h1">One</h1>\n<p class="m-p">A <strong class="m-strong">b</strong> <em>c</em> <s>d</s> ' +
        '<code class="m-code" dir="ltr">e&lt;f&gt;</code><br>g</p>',
    );
  });

  it("prints lists, nested and numbered from any number", () => {
    expect(html("3. a\n4. b\n   - c")).toBe(
      '<ol class="m-list" start="3">\n<li class="m-item">a</li>\n<li class="m-item">b\n' +
        '<ul class="m-list">\n<li class="m-item">c</li>\n</ul></li>\n</ol>',
    );
  });

  it("keeps the paragraphs of a list item that has several", () => {
    expect(html("- a\n\n  b")).toContain('<li class="m-item"><p class="m-p">a</p>\n<p class="m-p">b</p></li>');
  });

  it("makes a table cell of a button, so that it is one in Outlook too", () => {
    expect(html("[Read **on**](https://a.example/x?a=1&b=2){button}")).toBe(
      '<table role="presentation" cellpadding="0" cellspacing="0" border="0" class="m-button"><tr>' +
        '<td class="m-button-cell" align="center"><a class="m-button-link" href="https://a.example/x?a=1&amp;b=2">' +
        'Read <strong class="m-strong">on</strong></a></td></tr></table>',
    );
  });

  it("gives a picture the column's width, its caption and its link", () => {
    expect(html('[![A boat](https://a.example/b.png "At dawn")](https://a.example/)')).toBe(
      '<div class="m-figure"><a class="m-img-link" href="https://a.example/"><img class="m-img" ' +
        'src="https://a.example/b.png" alt="A boat" width="536"></a><p class="m-caption">At dawn</p></div>',
    );
  });

  it("limits a picture to the width it is given, and to the column", () => {
    expect(html("![A](https://a.example/b.png){width=300}")).toContain('width="300" style="max-width:300px"');
    expect(html("![A](https://a.example/b.png){width=900}")).toContain('width="536"');
  });

  it("sets a quote apart and the name of who said it apart from the quote", () => {
    const quote = html("> We stay.\n>\n> — Ida");
    expect(quote).toContain('<p class="m-quote-p">We stay.</p>');
    expect(quote).toContain('<p class="m-cite">— Ida</p>');
  });

  it("prints a table with header cells and its alignment", () => {
    const table = html("| A | B |\n|:--|--:|\n| 1 | 2 |");
    expect(table).toContain('<th class="m-th" scope="col" style="text-align:left">A</th>');
    expect(table).toContain('<td class="m-td" style="text-align:right">2</td>');
  });

  it("shows HTML as the text it is", () => {
    expect(printHtml(read("<script>alert(1)</script>").blocks)).toBe(
      '<p class="m-p">&lt;script&gt;alert(1)&lt;/script&gt;</p>',
    );
  });

  it.each([
    ["en", `"a" it's`, "“a” it’s"],
    ["de-AT", `"a" it's`, "„a“ it’s"],
    ["fr", `"a" l'an`, "«\u00a0a\u00a0» l’an"],
    ["xx", `"a" it's`, "“a” it’s"],
  ])("sets the quotation marks of %s", (language, source, expected) => {
    expect(printHtml(read(source, language).blocks)).toBe(`<p class="m-p">${expected}</p>`);
  });

  it("leaves quotes in code, and other typing, alone", () => {
    expect(html('`"a"` (c) -- ...')).toBe(
      '<p class="m-p"><code class="m-code" dir="ltr">&quot;a&quot;</code> (c) -- ...</p>',
    );
  });
});

describe("Markdown as the web copy", () => {
  it("keeps the room of a picture whose size is known, and waits with all but the first until they are near", () => {
    const sizes = (src: string) => (src.endsWith("known.png") ? { width: 1_600, height: 900 } : null);
    const shown = (address: string) => `![A](https://a.example/${address})`;
    const blocks = read(
      [shown("other.png"), `${shown("known.png")}{width=300}`, shown("known.png")].join("\n\n"),
    ).blocks;
    expect(printWeb(blocks, sizes).match(/<img[^>]*>/g)).toEqual([
      '<img src="https://a.example/other.png" alt="A">',
      '<img src="https://a.example/known.png" alt="A" width="300" height="169" loading="lazy">',
      '<img src="https://a.example/known.png" alt="A" width="1600" height="900" loading="lazy">',
    ]);
  });

  it("uses plain elements without style attributes, so that a strict policy holds", () => {
    const page = web(
      '# A\n\n![B](https://a.example/b.png "C"){width=300}\n\n[D](https://a.example/){button}\n\n> E\n>\n> — F\n\n---\n\n' +
        "| G | H |\n|:-:|--:|\n| 1 | 2 |\n\n1. I\n   - J\n\n```\nK\n```\n",
    );
    expect(page).not.toMatch(/style=|class="m-|<script/);
    for (const part of [
      "<h1>A</h1>",
      '<figure><img src="https://a.example/b.png" alt="B" width="300"><figcaption>C</figcaption></figure>',
      '<a class="button" href="https://a.example/">D</a>',
      '<p class="cite">— F</p>',
      "<hr>",
      '<td class="right">2</td>',
      "<code>K</code>",
    ]) {
      expect(page).toContain(part);
    }
  });
});
