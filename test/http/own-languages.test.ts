import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { openWorld, type World } from "../world.ts";
import { openSite, type Site } from "./site.ts";

function own({ ctx }: Pick<World, "ctx">, path: string, ...lines: string[]): void {
  const file = join(ctx.config.templates, "locale", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join("\n")}\n`);
}

async function offered(site: Site): Promise<(string | undefined)[]> {
  const html = await (await site.app.request("/")).text();
  const [nav = ""] = /<nav class="languages"[\s\S]*?<\/nav>/.exec(html) ?? [];
  return [...nav.matchAll(/<(?:a|span)[^>]*>([^<]+)</g)].map(([, name]) => name);
}

async function read(site: Site, path: string): Promise<string> {
  return (await site.app.request(path)).text();
}

test("a site's own list adds languages to those that come with Tidings, renames them, and takes away what it says false to", async () => {
  const site = await openSite();
  await editNewsletter(site.ctx, { slug: "hafenbrief", changes: { language: "uk" } });
  own(site, "languages.yaml", "en: English (UK)", "pl: false", "cs: Čeština");
  expect(await offered(site)).toEqual(["English (UK)", "Українська", "Deutsch", "Français", "Español", "Čeština"]);
  expect(await read(site, "/n/hafenbrief")).toContain('<html lang="uk"');
  expect(await read(site, "/?lang=pl")).toContain('<html lang="en"');
});

test("a site's own file of texts says what it names, and leaves the rest as it comes with Tidings", async () => {
  const site = await openSite();
  own(site, "languages.yaml", "cs: Čeština");
  own(site, "cs/signup.yaml", "signup.button: Odebírat");
  own(site, "de/signup.yaml", "signup.button: Her damit");
  expect(await read(site, "/?lang=cs")).toMatch(/<html lang="cs"[\s\S]*Choose your newsletters[\s\S]*>Odebírat</);
  expect(await read(site, "/n/hafenbrief")).toMatch(/E-Mail-Adresse[\s\S]*>Her damit</);
});

test("mails speak a site's own languages, and still those that come with Tidings", async () => {
  await using world = await openWorld();
  own(world, "languages.yaml", "cs: Čeština");
  own(world, "cs/mail.yaml", "mail.confirm.button: Potvrdit odběr");
  for (const language of ["uk", "cs"]) {
    await world.newsletter(language, { language });
    await world.signUp(`${language}@harbour.example`, language);
  }
  await world.drain();
  const text = async (to: string) => (await world.mails(to)).at(-1)?.html ?? "";
  expect(await text("uk@harbour.example")).toContain("Підтвердити підписку");
  expect(await text("cs@harbour.example")).toContain("Potvrdit odběr");
});

test("a text that holds a value which is not given is named in the log, with its file and line", async () => {
  const site = await openSite();
  own(site, "languages.yaml", "cs: Čeština");
  own(site, "cs/signup.yaml", "# Formuláře", 'signup.button: "Ahoj {who}"');
  expect((await site.app.request("/?lang=cs")).status).toBe(500);
  expect(site.logged.join("")).toContain(
    'templates/locale/cs/signup.yaml:2: the text \\"signup.button\\" needs the value \\"who\\", which it is not given',
  );
});
