import { expect, test } from "vitest";
import { setText } from "../../src/newsletter/texts.ts";
import { openWorld } from "../world.ts";

test("a reader of a Ukrainian newsletter meets Ukrainian from the form to the issue", async () => {
  await using world = await openWorld();
  await world.newsletter("hvylia", { language: "uk", name: "Хвиля" });
  const form = await (await world.get("/n/hvylia")).text();
  expect(form).toContain('<html lang="uk" dir="ltr">');
  expect(form).toContain("Підписатися");
  await world.signUp("ada@reader.example", "hvylia");
  await world.drain();
  const [mail] = await world.mails();
  expect(mail?.subject).toBe("Підтвердьте підписку на Хвиля");
  expect(mail?.text).toContain("Вона діє 3 дні.");
  const page = await (await world.get(mail?.confirmLink ?? "")).text();
  expect(page).toContain("Одне натискання");
  await world.confirm("ada@reader.example");
  await world.send("hvylia", "first");
  await world.drain();
  expect((await world.mails()).at(-1)?.text).toContain("Відписатися: ");
});

test("a mail about newsletters of two languages is in that of the first, and a form that names a language is heard", async () => {
  await using world = await openWorld();
  await world.newsletter("brief", { language: "de", position: 1 });
  await world.newsletter("carta", { language: "es", position: 2 });
  await world.signUp("ada@reader.example", ["brief", "carta"]);
  await world.drain();
  expect((await world.mails())[0]?.subject).toBe("Bitte bestätigen Sie Ihre 2 Abonnements");
  const answer = await world.post("/subscribe", { email: "ada", newsletter: "carta", lang: "fr" });
  expect(answer.status).toBe(422);
  expect(await answer.text()).toContain("Une adresse électronique porte un @");
});

test("the hub speaks the instance's language, or the one that a link names, and English for any other", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  await world.instance({ language: "pl" });
  const titles = ["/", "/?lang=fr", "/?lang=tlh"].map(async (path) => {
    const page = await (await world.get(path)).text();
    return /<h1>(.*?)<\/h1>/.exec(page)?.[1];
  });
  expect(await Promise.all(titles)).toEqual([
    "Wybierz swoje newslettery",
    "Choisissez vos lettres",
    "Wybierz swoje newslettery",
  ]);
  expect(await (await world.get("/nothing")).text()).toContain("Tu nic nie ma");
});

test("a newsletter's own words stand on its page, in its mails and on the page behind their link; not in those about others", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  await world.newsletter("storms");
  await setText(world.ctx, "tides", { key: "signup.button", text: "Send it to me" });
  await setText(world.ctx, "tides", { key: "mail.confirm.subject", text: "Is {newsletter} for you? <b>" });
  await setText(world.ctx, "tides", { key: "confirm.button", text: "Yes & yes" });
  expect(await (await world.get("/n/tides")).text()).toContain("Send it to me");
  expect(await (await world.get("/n/storms")).text()).not.toContain("Send it to me");
  await world.signUp("ada@reader.example", "tides");
  await world.signUp("bo@reader.example", ["storms", "tides"]);
  await world.drain();
  const [own] = await world.mails("ada@reader.example");
  expect(own?.subject).toBe("Is The tides letter for you? <b>");
  expect(await (await world.get(own?.confirmLink ?? "")).text()).toContain("Yes &amp; yes");
  const [common] = await world.mails("bo@reader.example");
  expect(common?.subject).toBe("Please confirm your 2 subscriptions");
});

test.each(["de-AT", "da"])("a newsletter's own words reach its mails where its language is %s", async (language) => {
  await using world = await openWorld();
  await world.newsletter("tides", { language });
  await setText(world.ctx, "tides", { key: "mail.confirm.subject", text: "Own {newsletter}" });
  await world.signUp("ada@reader.example", "tides");
  await world.drain();
  expect((await world.mails())[0]?.subject).toBe("Own The tides letter");
});

test("no page names a newsletter before its launch", async () => {
  await using world = await openWorld();
  await world.newsletter("secret", { status: "hidden" });
  for (const path of ["/", "/n/secret", "/confirmed?n=secret", "/thanks?n=secret", "/sitemap.xml"]) {
    expect(await (await world.get(path)).text(), path).not.toContain("The secret letter");
  }
});
