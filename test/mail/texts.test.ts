import { describe, expect, it } from "vitest";
import { render } from "../../src/mail/liquid.ts";
import { TemplateError, type TemplateSource } from "../../src/mail/template.ts";
import { formOf, languagesOf, parametersOf, speakable, textsFor } from "../../src/mail/texts.ts";

const files: Record<string, string> = {
  "locale/languages.yaml": "en: English\nuk: Українська\npt-BR: Português\nar: العربية",
  "locale/en/tea.yaml": [
    "tea.title: Tea & <cake>",
    'tea.hello: "Hello, {name}."',
    "tea.cups:\n  one: one cup\n  other: '{count} cups'",
    "tea.only: Said in English alone",
  ].join("\n"),
  "locale/uk/tea.yaml": [
    "tea.title: Чай",
    'tea.hello: "Вітаємо, {name}."',
    "tea.cups:\n  one: '{count} чашка'\n  few: '{count} чашки'\n  many: '{count} чашок'\n  other: '{count} чашки'",
  ].join("\n"),
  "locale/pt-BR/tea.yaml": "tea.title: Chá",
};

function sourceOf(more: Record<string, string> = {}): TemplateSource {
  const all = { ...files, ...more };
  return { read: (path) => all[path] };
}

describe("texts", () => {
  it("come in the language that is asked for, or in that of its first part, or in English", () => {
    const source = sourceOf();
    expect(["uk", "uk-UA", "pt-BR", "xx", ""].map((tag) => textsFor(source, tag)("tea.title"))).toEqual([
      "Чай",
      "Чай",
      "Chá",
      "Tea & <cake>",
      "Tea & <cake>",
    ]);
    expect(speakable(source, "pt")).toBeNull();
    expect([...languagesOf(source).keys()]).toEqual(["en", "uk", "pt-BR", "ar"]);
  });

  it("are said in English where their language lacks them", () => {
    expect(textsFor(sourceOf(), "uk")("tea.only")).toBe("Said in English alone");
  });

  it.each([
    [0, "0 чашок"],
    [1, "1 чашка"],
    [2, "2 чашки"],
    [5, "5 чашок"],
    [11, "11 чашок"],
    [21, "21 чашка"],
    [22, "22 чашки"],
    [1_000, "1 000 чашок"],
  ])("have the plural form of their language, and its numbers: %i", (count, said) => {
    expect(textsFor(sourceOf(), "uk")("tea.cups", { count }).replace(/\s/g, " ")).toBe(said);
  });

  it("follow the rules of the language that a form is taken from", () => {
    // Arabic has six categories; the English form that stands in knows two.
    expect(textsFor(sourceOf(), "ar")("tea.cups", { count: 3 })).toBe("3 cups");
  });

  it("escape what they say for HTML, and put values in as they are", () => {
    const say = textsFor(sourceOf({ "locale/en/tea.yaml": 'tea.x: "<i>{who} & {who}"' }), "en");
    expect(say.html("tea.x", { who: "<b>A</b>" })).toBe("&lt;i&gt;<b>A</b> &amp; <b>A</b>");
  });

  it("give way to a newsletter's own words", () => {
    const own = { "tea.title": "Our tea", "tea.cups": { one: "a cup", other: "{count} mugs" } };
    const say = textsFor(sourceOf(), "en", own);
    expect([say("tea.title"), say("tea.cups", { count: 1 }), say("tea.cups", { count: 4 })]).toEqual([
      "Our tea",
      "a cup",
      "4 mugs",
    ]);
  });

  it("fill no value into a value", () => {
    expect(textsFor(sourceOf(), "en")("tea.hello", { name: "{name} {x}" })).toBe("Hello, {name} {x}.");
  });

  it("are read anew when a file has changed", () => {
    const changing: Record<string, string> = { ...files };
    const source = { read: (path: string) => changing[path] };
    expect(textsFor(source, "en")("tea.title")).toBe("Tea & <cake>");
    changing["locale/en/tea.yaml"] = "tea.title: Coffee";
    expect(textsFor(source, "en")("tea.title")).toBe("Coffee");
  });

  it.each([
    ["tea.none", {}, /locale\/en\/tea\.yaml: there is no text "tea.none"/],
    ["none", {}, /there is no text "none"/],
    ["tea.hello", {}, /needs the value "name"/],
    ["tea.cups", {}, /needs the number "count"/],
  ])("say what is missing: %s", (key, values, words) => {
    expect(() => textsFor(sourceOf(), "en")(key, values)).toThrow(words);
  });

  it.each([
    ["tea.title: a: b", /this is no YAML/],
    ["- a\n- b", /this file holds no texts/],
  ])("name the file that cannot be read: %j", (text, words) => {
    expect(() => textsFor(sourceOf({ "locale/en/tea.yaml": text }), "en")("tea.title")).toThrow(words);
    expect(() => textsFor(sourceOf({ "locale/en/tea.yaml": text }), "en")("tea.title")).toThrow(TemplateError);
  });

  it("name their parameters", () => {
    expect(parametersOf(formOf(sourceOf(), "uk", "tea.cups") ?? "")).toEqual(["count"]);
    expect(formOf(sourceOf(), "uk", "tea.nothing")).toBeNull();
  });
});

describe("templates", () => {
  it("print texts escaped, with markup only where the template itself made it, in included files too", () => {
    const source = sourceOf({
      "page/a.html.liquid":
        '{{ "tea.title" | t }}; {{ "tea.hello" | t: name: name }}; {% capture who %}<b>{{ name }}</b>{% endcapture %}{{ "tea.hello" | th: name: who | raw }}; {% render "page/b.html.liquid" %}',
      "page/b.html.liquid": '{{ "tea.cups" | t: count: 2 }}',
    });
    expect(render(source, "page/a.html.liquid", { name: "<i>", language: "en" })).toBe(
      "Tea &amp; &lt;cake&gt;; Hello, &lt;i&gt;.; Hello, <b>&lt;i&gt;</b>.; 2 cups",
    );
    expect(render(source, "page/a.html.liquid", { name: "x", language: "uk" })).toContain("2 чашки");
    expect(render(source, "page/a.html.liquid", { name: "x", language: "uk", own: { "tea.title": "Own" } })).toContain(
      "Own;",
    );
  });

  it("name file and line of a text that does not exist", () => {
    const source = sourceOf({ "page/a.html.liquid": 'x\n{{ "tea.lost" | t }}' });
    expect(() => render(source, "page/a.html.liquid", { language: "en" })).toThrow(
      /there is no text "tea.lost"\. Add it/,
    );
  });
});
