import { type ParserError, parse } from "parse5";
import { describe, expect, it } from "vitest";
import { checkMail } from "../../src/mail/check.ts";
import { allText, attribute, elements } from "./dom.ts";
import { renderedMails } from "./rendered.ts";

const mails = renderedMails();

describe.each(mails)("the template of $name", ({ html, text }) => {
  const errors: ParserError[] = [];
  const all = elements(parse(html, { onParseError: (error) => errors.push(error) }));

  it("passes every check for mails", () => {
    expect(checkMail(html, text)).toEqual([]);
  });

  it("is HTML that a parser need not repair", () => {
    expect(errors.map((error) => `${error.code} at ${error.startLine}`)).toEqual([]);
  });

  it("says its language and direction twice, and its title once", () => {
    const [root] = all;
    const body = all.findIndex((element) => element.tagName === "body");
    for (const element of [root, all[body + 1]]) {
      expect(attribute(element!, "lang")).toMatch(/^[a-z]{2}/);
      expect(attribute(element!, "dir")).toMatch(/^(ltr|rtl)$/);
    }
    expect(all.filter((element) => element.tagName === "title")).toHaveLength(1);
  });

  it("has one first-level heading and skips no level", () => {
    const levels = all.flatMap((element) => /^h([1-6])$/.exec(element.tagName)?.[1] ?? []).map(Number);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    levels.forEach((level, index) => {
      expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    });
  });

  it("places things by tables that screen readers pass over, and pictures with texts and sizes", () => {
    for (const element of all) {
      if (element.tagName === "table") {
        const isData = elements(element).some((inner) => inner.tagName === "th");
        expect(isData || attribute(element, "role") === "presentation").toBe(true);
      }
      if (element.tagName !== "img") continue;
      expect(attribute(element, "alt")).toBeDefined();
      expect(Number(attribute(element, "width"))).toBeGreaterThan(0);
      expect(attribute(element, "style")).toContain("display: block");
    }
  });

  it("carries every link of the HTML in the text part too (FMT-05)", () => {
    const links = all.flatMap((element) => (element.tagName === "a" ? [attribute(element, "href")!] : []));
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect(text).toContain(link.replace("mailto:", ""));
  });

  it("makes buttons at least 44 pixels high (FMT-26)", () => {
    for (const element of all.filter((one) => attribute(one, "class")?.match(/^m-(button|footer|bar)-link$/))) {
      const style = attribute(element, "style") ?? "";
      const [top, , bottom] = /padding: (\d+)px (\d+px|0) ?(\d+)?/
        .exec(style)!
        .slice(1)
        .map((value) => Number.parseInt(value ?? "", 10));
      const line = Number(/line-height: (\d+)px/.exec(style)?.[1] ?? 20);
      expect(top! + (Number.isNaN(bottom) ? top! : bottom!) + line).toBeGreaterThanOrEqual(44);
    }
  });

  it("stays small: under 30 kB, with one style block under 4 kB", () => {
    expect(new TextEncoder().encode(html).length).toBeLessThan(30_000);
    const styles = all.filter((element) => element.tagName === "style");
    expect(styles).toHaveLength(1);
    expect(allText(styles[0]!).length).toBeLessThan(4_000);
  });

  it("leaves no Liquid, no mark and no empty value behind", () => {
    for (const part of [html, text]) expect(part).not.toMatch(/\{\{|\}\}|\{%|tidingsmark|undefined|\[object|null/);
  });

  it("has a text part that reads well: no long lines but addresses, no blanks at line ends, one empty line at most", () => {
    for (const line of text.split("\n")) {
      expect(line).toBe(line.trimEnd());
      if (line.length > 78) expect(line).toMatch(/https:\/\/\S+/);
    }
    expect(text).not.toMatch(/\n{3}|^\n|\n\n$/);
  });
});
