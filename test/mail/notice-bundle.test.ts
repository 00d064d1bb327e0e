import { describe, expect, it } from "vitest";
import { bundleNotices, renderNotice } from "../../src/mail/notice.ts";
import { TemplateError } from "../../src/mail/template.ts";
import { noticeData, templates } from "./sample.ts";

function refusal(replaced: Readonly<Record<string, string | undefined>>): TemplateError {
  try {
    bundleNotices(templates(replaced));
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error("accepted");
}

describe("the bundle of notices", () => {
  it("is the same text for the same templates", () => {
    expect(bundleNotices(templates())).toBe(bundleNotices(templates()));
  });

  it("differs as soon as any template it holds differs, partials and stylesheet included", () => {
    const plain = bundleNotices(templates());
    for (const path of [
      "mail/already.subject.liquid",
      "mail/welcome.text.liquid",
      "mail/partials/notice-close.html.liquid",
      "mail/partials/notice-close.text.liquid",
      "mail/partials/style.css.liquid",
      "mail/partials/screen.css.liquid",
    ]) {
      const text = templates().read(path) ?? "";
      const changed = path.includes("css") ? text.replaceAll("#ffffff", "#fffffe") : `${text}x`;
      expect(changed).not.toBe(text);
      expect(bundleNotices(templates({ [path]: changed }))).not.toBe(plain);
    }
  });

  it("follows its files, from the same source too: a change, a fault, and the change taken back", () => {
    const files: Record<string, string> = {};
    const source = { read: (path: string): string | undefined => files[path] ?? templates().read(path) };
    const plain = bundleNotices(source);
    expect(bundleNotices(source)).toBe(plain);
    files["mail/partials/notice-close.text.liquid"] = "bye";
    const changed = bundleNotices(source);
    expect(changed).not.toBe(plain);
    files["mail/partials/notice-close.text.liquid"] = "{{ nobody }}";
    expect(() => bundleNotices(source)).toThrow(TemplateError);
    files["mail/partials/notice-close.text.liquid"] = "bye";
    expect(bundleNotices(source)).toBe(changed);
    delete files["mail/partials/notice-close.text.liquid"];
    expect(bundleNotices(source)).toBe(plain);
  });

  it("renders without any template at hand, so that an upgrade between two tries changes nothing", () => {
    const kept = JSON.parse(JSON.stringify(bundleNotices(templates())));
    expect(kept).not.toMatch(/\{%-?\s*(include|render|layout)\b/);
    expect(renderNotice(kept, "confirmation", noticeData()).html).toContain("Confirm subscriptions");
  });

  it("renders the same words as the templates do unbundled, blanks apart", () => {
    const path = "mail/already.text.liquid";
    const source = `a   {%- include "mail/partials/x.text.liquid" -%}   b {% include 'mail/partials/x.text.liquid' %} c\n`;
    const bundle = bundleNotices(templates({ [path]: source, "mail/partials/x.text.liquid": "[{{ site }}]" }));
    expect(renderNotice(bundle, "already", noticeData()).text).toBe("a[The Harbour]b [The Harbour] c\n");
  });

  it("takes a site's own template in place of the built-in one, with the stylesheet inlined", () => {
    const own =
      '{% include "mail/partials/head.html.liquid" %}<body><p class="m-p">{{ site }}: {{ already_names }}</p></body></html>';
    const bundle = bundleNotices(templates({ "mail/already.html.liquid": own }));
    expect(renderNotice(bundle, "already", noticeData()).html).toMatch(
      /<p class="m-p" style="[^"]*font-size: 18px;[^"]*">The Harbour: Sunday Long Read<\/p>/,
    );
  });

  it("keeps conditions inside attributes whole while styles are inlined", () => {
    const own =
      '{% include "mail/partials/style.css.liquid" %}<p {% if days > 1 %}class="m-p" title="a > b"{% endif %} id="{{ language }}">x</p>';
    const bundle = bundleNotices(templates({ "mail/already.html.liquid": own }));
    expect(renderNotice(bundle, "already", noticeData()).html).toMatch(/<p\s+class="m-p" title="a > b"\s+id="en-GB"/);
  });

  it.each([
    ["a missing template", { "mail/already.text.liquid": undefined }, "mail/already.text.liquid", 0, "is missing"],
    [
      "a missing partial",
      { "mail/partials/head.html.liquid": undefined },
      "mail/partials/notice-open.html.liquid",
      1,
      "mail/partials/head.html.liquid",
    ],
    ["an unknown value", { "mail/already.text.liquid": "a\n\n{{ nobody }}" }, "mail/already.text.liquid", 3, "nobody"],
    [
      "an unknown value in a partial",
      { "mail/partials/notice-close.text.liquid": "a\n{{ nobody }}" },
      "mail/partials/notice-close.text.liquid",
      2,
      "nobody",
    ],
    [
      "an unknown value in a branch not taken first",
      { "mail/already.text.liquid": "a\n{% if preferences_url == '' %}{{ nobody }}{% endif %}" },
      "mail/already.text.liquid",
      2,
      "nobody",
    ],
    [
      "a reader's name",
      { "mail/confirmation.text.liquid": "{{ subscriber.name }}" },
      "mail/confirmation.text.liquid",
      1,
      "subscriber",
    ],
    ["broken Liquid", { "mail/welcome.subject.liquid": "a\n{% if x" }, "mail/welcome.subject.liquid", 2, "not closed"],
    [
      "an unknown filter",
      { "mail/welcome.subject.liquid": "{{ site | shout }}" },
      "mail/welcome.subject.liquid",
      1,
      "shout",
    ],
    [
      "the clock",
      { "mail/welcome.subject.liquid": "{{ 'now' | date: '%Y' }}" },
      "mail/welcome.subject.liquid",
      1,
      "clock",
    ],
    [
      "a partial with arguments",
      { "mail/already.text.liquid": "a\n{% render 'mail/partials/notice-close.text.liquid', operator: operator %}" },
      "mail/already.text.liquid",
      2,
      "stored whole",
    ],
  ] as const)("refuses %s and names file, line and fault", (_name, replaced, path, line, said) => {
    const error = refusal(replaced);
    expect([error.path, error.line]).toEqual([path, line]);
    expect(error.message).toContain(said);
    expect(error.message).toContain(`templates/${path}`);
  });

  it("refuses partials that include each other without end", () => {
    expect(() =>
      bundleNotices(templates({ "mail/already.text.liquid": '{% include "mail/already.text.liquid" %}' })),
    ).toThrow();
  });
});
