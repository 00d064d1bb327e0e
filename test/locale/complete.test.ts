import { describe, expect, it } from "vitest";
import { parametersOf } from "../../src/mail/texts.ts";
import { filesIn, formsOf, readText, textsOf, translations } from "./folder.ts";
import { meant } from "./same.ts";

const english = textsOf("en");

/** Parameters, but for the number that a form may say in words. */
function named(text: Parameters<typeof parametersOf>[0]): string[] {
  return parametersOf(text)
    .filter((name) => name !== "count")
    .sort();
}

it("there are Ukrainian, German, French, Spanish and Polish besides English", () => {
  expect(translations).toEqual(["uk", "de", "fr", "es", "pl"]);
});

describe.each(["en", ...translations])("the texts in %s", (language) => {
  const texts = textsOf(language);
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;

  it("stand in the same files, under keys that name their file", () => {
    expect(filesIn(`templates/locale/${language}`, /./)).toEqual(filesIn("templates/locale/en", /./));
    for (const file of filesIn(`templates/locale/${language}`, /\.yaml$/)) {
      const lines = readText(`templates/locale/${language}/${file}`).matchAll(/^([a-z][^:\s]*):/gm);
      const area = file.replace(/\.yaml$/, "");
      expect([...lines].map(([, key = ""]) => key).filter((key) => key.split(".", 1)[0] !== area)).toEqual([]);
    }
  });

  it("lack none and have none too many", () => {
    expect([...texts.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it("are not empty and have no blanks at their ends", () => {
    const untidy = [...texts].filter(([, text]) => formsOf(text).some((form) => form === "" || form !== form.trim()));
    expect(untidy).toEqual([]);
  });

  it("have a form for each plural category that the language has, and only where English has forms", () => {
    for (const [key, text] of texts) {
      expect([key, typeof text]).toEqual([key, typeof english.get(key)]);
      if (typeof text !== "string") expect([key, Object.keys(text).sort()]).toEqual([key, [...categories].sort()]);
    }
  });

  it("use the parameters that the English ones use", () => {
    for (const [key, text] of texts) {
      for (const form of formsOf(text)) expect([key, named(form)]).toEqual([key, named(english.get(key) ?? "")]);
    }
  });
});

describe.each(translations)("the translation into %s", (language) => {
  it("equals English only where that is meant", () => {
    const same = [...textsOf(language)]
      .filter(([key, text]) => JSON.stringify(text) === JSON.stringify(english.get(key)))
      .map(([key]) => key);
    expect(same.sort()).toEqual([...(meant[language] ?? [])].sort());
  });
});

// DOI-07: the link alone confirms nothing, since programs that check mails follow it too.
it.each(
  Object.entries({ en: "confirm", uk: "підтверд", de: "bestätig", fr: "confirm", es: "confirm", pl: "potwierd" }),
)("what comes after a form says in %s that the link asks to confirm", (language, stem) => {
  for (const key of ["embed.check", "signup.sent"]) expect(textsOf(language).get(key)).toContain(stem);
});

it.each(["uk"])("the texts in %s are written in its own letters", (language) => {
  const foreign = [...textsOf(language)].filter(([, text]) =>
    formsOf(text).some((form) => !/\p{Script=Cyrillic}/u.test(form.replace(/\{\w+\}/g, ""))),
  );
  const bare = foreign.filter(([key]) => !(meant[language] ?? []).includes(key));
  // What consists of parameters and signs alone needs no letters.
  expect(bare.filter(([, text]) => formsOf(text).some((form) => /\p{L}/u.test(form.replace(/\{\w+\}/g, ""))))).toEqual(
    [],
  );
});
