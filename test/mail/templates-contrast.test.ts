import { parse } from "parse5";
import { describe, expect, it } from "vitest";
import { allText, attribute, children, type Element, elements, ownText } from "./dom.ts";
import { renderedMails } from "./rendered.ts";

type Rules = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** What the dark block declares for each class. */
function darkRules(page: Element[]): Rules {
  const sheet = page
    .filter((element) => element.tagName === "style")
    .map(allText)
    .join("");
  const start = sheet.indexOf("{", sheet.indexOf("prefers-color-scheme: dark"));
  const rules = new Map<string, Record<string, string>>();
  for (const [, selectors, body] of sheet.slice(start + 1).matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    const declared = Object.fromEntries(
      [...body!.matchAll(/([a-z-]+):\s*([^;!]+?)\s*!important/g)].map(([, name, value]) => [name, value]),
    );
    for (const selector of selectors!.split(",")) {
      const name = selector.trim().replace(/^\./, "");
      rules.set(name, { ...rules.get(name), ...declared });
    }
  }
  return rules;
}

interface Shown {
  text: string;
  color: string;
  background: string;
}

/** Every piece of text with the colours it is shown in, inherited as browsers do. */
function shown(element: Element, rules: Rules, color = "#000000", background = "#ffffff"): Shown[] {
  const style = Object.fromEntries(
    (attribute(element, "style") ?? "").split(";").map((part) => part.split(":").map((half) => half.trim())),
  );
  if (style.display === "none" || /^(style|title|head)$/.test(element.tagName)) return [];
  const dark = Object.assign({}, ...(attribute(element, "class") ?? "").split(" ").map((name) => rules.get(name)));
  const ink: string = dark.color ?? style.color ?? color;
  const paper: string = dark["background-color"] ?? style["background-color"] ?? background;
  const own = ownText(element).replace(/\u00a0/g, "");
  const text = own === "" && element.tagName === "img" ? (attribute(element, "alt") ?? "") : own;
  const inner = children(element).flatMap((child) => ("tagName" in child ? shown(child, rules, ink, paper) : []));
  return [...(text === "" ? [] : [{ text, color: ink, background: paper }]), ...inner];
}

function luminance(color: string): number {
  const [red, green, blue] = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/
    .exec(color)!
    .slice(1)
    .map((hex) => {
      const value = Number.parseInt(hex, 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

describe.each(renderedMails())("the colours of $name", ({ html }) => {
  const page = elements(parse(html));
  const body = page.find((element) => element.tagName === "body")!;

  it.each([
    ["light", new Map() as Rules],
    ["dark", darkRules(page)],
  ])("give every text a contrast of 4.5 to 1 or more on a %s screen (FMT-26)", (_name, rules) => {
    const texts = shown(body, rules);
    expect(texts.length).toBeGreaterThan(3);
    const faint = texts.filter(({ color, background }) => contrast(color, background) < 4.5);
    expect(faint).toEqual([]);
  });

  it("are dark on dark screens everywhere, and nowhere pure black or white on black", () => {
    for (const { background, color } of shown(body, darkRules(page))) {
      expect(background).not.toBe("#000000");
      expect(luminance(background)).toBeLessThan(0.2);
      expect(luminance(color)).toBeGreaterThan(0.2);
    }
  });
});

describe("measuring contrast", () => {
  it("knows the extremes and the usual limit", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  });
});
