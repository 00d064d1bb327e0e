import { expect, test } from "vitest";
import { openStage } from "./stage.ts";

test("a newsletter gets words of its own, shows them, and gives them up again", async () => {
  await using stage = await openStage();
  await stage.world.newsletter("morning", { language: "en-GB" });
  const set = await stage.tidings(["newsletter", "text", "morning", "mail.confirm.button", "Yes, send it"]);
  expect(set.out).toBe("morning says mail.confirm.button in its own words (en).\n");

  const shown = await stage.tidings(["newsletter", "text", "morning", "mail.confirm.button"]);
  expect(shown.out).toMatch(/text +Yes, send it\n.*in place of +Confirm subscription/s);
  const { texts } = await stage.json("newsletter", "text", "morning");
  expect(texts).toEqual([
    { key: "mail.confirm.button", language: "en", text: "Yes, send it", original: "Confirm subscription" },
  ]);

  const reset = await stage.tidings(["newsletter", "text", "morning", "mail.confirm.button", "--reset"]);
  expect(reset.out).toBe("morning says mail.confirm.button as it comes with Tidings again (en).\n");
  const again = await stage.tidings(["newsletter", "text", "morning", "mail.confirm.button", "--reset"]);
  expect(again.out).toBe("morning had no words of its own there (en).\n");
  expect((await stage.tidings(["newsletter", "text", "morning"])).out).toContain("words that come with Tidings");
});

test("a text that counts takes each plural form of its language", async () => {
  await using stage = await openStage();
  await stage.world.newsletter("morning", { language: "uk" });
  const forms = ["one={count} доба", "few={count} доби", "many={count} діб", "other={count} доби"];
  const { text } = await stage.json(
    ...["newsletter", "text", "morning", "mail.days"],
    ...forms.flatMap((form) => ["--form", form]),
  );
  expect(text).toMatchObject({ language: "uk", text: { few: "{count} доби" } });
});

test.each(["--reset", "--form"])("%s without a key changes nothing and says what it lacks", async (flag) => {
  await using stage = await openStage();
  await stage.world.newsletter("morning");
  const words = flag === "--form" ? [flag, "one=a"] : [flag];
  const { code, err } = await stage.tidings(["newsletter", "text", "morning", ...words]);
  expect(err).toContain(`${flag} needs the KEY of a text.`);
  expect(code).toBe(2);
});

test.each([
  [["mail.confirm.butten", "x"], 'There is no text "mail.confirm.butten".', "Did you mean mail.confirm.button?"],
  [["signup.consent", "x"], "is not about one newsletter", "by a file of its own"],
  [["problem.404.heading", "x"], "is not about one newsletter", "by a file of its own"],
  [
    ["mail.confirm.subject", "Hi {name}"],
    "The text names {name}, which has no value here.",
    "Known here: {newsletter}.",
  ],
  [["mail.confirm.title", "Hi {name}"], "which has no value here.", "Write it without braces."],
  [["mail.days", "some days"], "This text counts, and needs the forms one, other.", "one text for each"],
  [["mail.days", "--form", "one=a", "--form", "few=b"], "needs the forms one, other.", "one text for each"],
  [["mail.confirm.title", "--form", "one=a"], "This text has one form alone.", "one text"],
  [["mail.confirm.title", "x", "--language", "tlh"], 'No pages or mails are in the language "tlh".', "Known: en, uk"],
  [["mail.confirm.title", "x", "--reset"], "--reset takes a text away", ""],
  [["mail.days", "x", "--form", "one=a"], "Give one TEXT or several --form", ""],
  [["mail.days", "--form", "one"], '--form takes a name and a text, not "one".', "It looks like"],
  [["mail.confirm.title", " "], "text: must not be empty", ""],
])("refuses %j", async (words, message, hint) => {
  await using stage = await openStage();
  await stage.world.newsletter("morning");
  const { code, err } = await stage.tidings(["newsletter", "text", "morning", ...words]);
  expect(err).toContain(message);
  expect(err).toContain(hint);
  expect(code).toBe(2);
  expect((await stage.json("newsletter", "text", "morning")).texts).toEqual([]);
});
