import { describe, expect, it } from "vitest";
import { render } from "../../src/mail/liquid.ts";
import { TemplateError } from "../../src/mail/template.ts";

function rendered(text: string, data: object = {}, path = "mail/a.text.liquid"): string {
  return render({ read: (asked) => (asked === path ? text : undefined) }, path, data);
}

describe("rendering Liquid", () => {
  it("escapes values in HTML templates and prints them raw elsewhere", () => {
    expect(rendered("{{ a }} {{ a | raw }}", { a: `<&"'>` }, "a.html.liquid")).toBe(`&lt;&amp;&#34;&#39;&gt; <&"'>`);
    expect(rendered("{{ a }}", { a: "<&>" })).toBe("<&>");
  });

  it.each([
    ['{{ a.constructor.constructor("return process")() }}'],
    ["{{ a.constructor }}"],
    ["{{ a.__proto__ }}"],
    ["{{ a.toString }}"],
    ["{{ constructor }}"],
    ["{{ process.env }}"],
  ])("sees own properties alone: %s (SEC-20)", (template) => {
    expect(() => rendered(template, { a: {} })).toThrow(TemplateError);
  });

  it("names the values there are when one is missing", () => {
    expect(() => rendered("x\n{{ newsleter }}", { newsletter: 1, site: 2 })).toThrow(
      'templates/mail/a.text.liquid:2: there is no value called "newsleter". This template is given newsletter, site',
    );
  });

  it.each([
    ["../secret"],
    ["/etc/passwd"],
    ["mail/../../secret"],
    ["mail/./x"],
    ["mail\\x"],
    ["mail//x"],
    [""],
    [".env"],
  ])("never asks for %j (SEC-08)", (path) => {
    const asked: string[] = [];
    const source = {
      read(wanted: string): string | undefined {
        asked.push(wanted);
        return wanted === "a.text.liquid" ? "{% include p %}" : "secret";
      },
    };
    expect(() => render(source, "a.text.liquid", { p: path })).toThrow(TemplateError);
    expect(() => render(source, path, {})).toThrow(TemplateError);
    expect(new Set(asked)).toEqual(new Set(["a.text.liquid"]));
  });

  it("reads a template anew once it has changed, a partial too", () => {
    const files: Record<string, string> = { "a.text.liquid": '1{% include "b.text.liquid" %}', "b.text.liquid": "x" };
    const source = { read: (path: string) => files[path] };
    expect(render(source, "a.text.liquid", {})).toBe("1x");
    files["b.text.liquid"] = "y";
    expect(render(source, "a.text.liquid", {})).toBe("1y");
    files["a.text.liquid"] = '2{% include "b.text.liquid" %}';
    expect(render(source, "a.text.liquid", {})).toBe("2y");
    files["a.text.liquid"] = "{% if";
    expect(() => render(source, "a.text.liquid", {})).toThrow("templates/a.text.liquid:1");
  });

  it.each(["date", "date_to_string", "date_to_xmlschema", "sample"])(
    "has no filter %s, which would not be pure",
    (name) => {
      expect(() => rendered(`{{ "now" | ${name} }}`)).toThrow("must not depend on clock or chance");
    },
  );
});
