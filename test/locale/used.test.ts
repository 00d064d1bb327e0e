import { expect, it } from "vitest";
import { filesIn, readText, textsOf } from "./folder.ts";

const english = [...textsOf("en").keys()];
const templates = filesIn("templates", /\.liquid$/).map((path) => ({ path, text: readText(`templates/${path}`) }));
const sources = filesIn("src", /\.ts$/).map((path) => ({ path, text: readText(`src/${path}`) }));

/** Keys that are put together, by the pattern that they fit. */
const composed = [/^problem\.\d{3}\.(heading|text)$/, /^signup\.fault\.[a-z-]+$/];

/** Pages and mails for operators and editors, which are in English: the outbox. */
const forOperators = ["page/outbox.html.liquid", "page/mail.html.liquid"];

it("every text is used by a template or by the program", () => {
  const all = [...templates, ...sources].map(({ text }) => text).join("\n");
  const unused = english.filter((key) => !all.includes(`"${key}"`) && !composed.some((shape) => shape.test(key)));
  expect(unused).toEqual([]);
});

it("every text that a template names exists", () => {
  for (const { path, text } of templates) {
    const named = [...text.matchAll(/"([a-z][\w.-]*)"\s*\|\s*th?\b/g)].map(([, key = ""]) => key);
    expect([path, named.filter((key) => !english.includes(key))]).toEqual([path, []]);
  }
});

it("values that are put into HTML as they are come from a capture of the same template, and so are escaped", () => {
  for (const { path, text } of templates) {
    const captured = [...text.matchAll(/\{%-?\s*capture\s+(\w+)/g)].map(([, name]) => name);
    // Set by a partial that captures it.
    if (text.includes("mail/partials/time.liquid")) captured.push("time");
    if (path.startsWith("mail/partials/")) captured.push("time");
    for (const [whole, values = ""] of text.matchAll(/\|\s*th\b:?([^|}]*)\|\s*raw\s*-?\}\}/g)) {
      const names = [...values.matchAll(/\w+:\s*("[^"]*"|[\w.]+)/g)].map(([, name]) => name);
      expect([path, whole, names.filter((name) => !captured.includes(name))]).toEqual([path, whole, []]);
    }
    expect([path, [...text.matchAll(/\|\s*th\b(?![^}]*\|\s*raw\s*-?\}\})/g)].length]).toEqual([path, 0]);
  }
});

it("templates hold no words of their own, so that each language has all of them", () => {
  for (const { path, text } of templates.filter(
    (one) => !forOperators.includes(one.path) && !one.path.endsWith(".css.liquid"),
  )) {
    const bare = text
      // What kind of thing a social card shows is a word for programs.
      .replace(/\{% block card_type %\}\w+/g, "")
      .replace(/\{%-?\s*comment\s*-?%\}[\s\S]*?\{%-?\s*endcomment\s*-?%\}/g, "")
      .replace(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g, " ")
      .replace(/<!--[\s\S]*?-->|<noscript>[\s\S]*?<\/noscript>/g, " ")
      // What assistive technology reads out is text too; other attributes are not.
      .replace(/<[^>]*>/g, (tag) =>
        [...tag.matchAll(/\b(?:alt|title|aria-label|placeholder)="([^"]*)"/g)].map(([, words]) => words).join(" "),
      )
      .replace(/&\w+;|&#\d+;/g, " ");
    expect([path, bare.match(/\p{L}{2,}/gu) ?? []]).toEqual([path, []]);
  }
});
