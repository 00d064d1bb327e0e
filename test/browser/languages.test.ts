import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { executable, joinUp, mailedLinks, openStage, type Stage } from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pathOf = (links: string[]) => new URL(links[0] ?? "").pathname;

/** Pages that speak the language of one newsletter, or of its reader. */
const kinds: readonly { name: string; path(stage: Stage, language: string): string | Promise<string> }[] = [
  { name: "hub", path: (_stage, language) => `/?lang=${language}` },
  { name: "newsletter", path: (_stage, language) => `/n/in-${language}` },
  { name: "confirm", path: async (stage, language) => pathOf(await mailedLinks(stage, asking(language), "confirm")) },
  { name: "leave", path: async (stage, language) => pathOf(await mailedLinks(stage, reading(language), "u")) },
  { name: "preferences", path: async (stage, language) => pathOf(await mailedLinks(stage, reading(language), "p")) },
];

const asking = (language: string) => `ask-${language}@harbour.example`;
const reading = (language: string) => `read-${language}@harbour.example`;

async function found(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const results = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return results.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 120)}`));
}

/** How far a page can be scrolled sideways, in pixels. */
async function overhang(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

describe.skipIf(executable === null)("every language", { timeout: 60_000 }, () => {
  const stage = openStage();
  let page: Page;

  async function furnish(language: string, name: string): Promise<void> {
    await createNewsletter(stage.ctx, {
      ...{ slug: `in-${language}`, name, pitch: name, language, welcome: `${name}.` },
      ...{ senderName: name, senderAddress: "news@harbourpost.example" },
    });
    await joinUp(stage, reading(language), `in-${language}`);
    const fields = { email: asking(language), newsletter: `in-${language}` };
    await fetch(`${stage.url}/subscribe`, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  }

  beforeAll(async () => {
    // A language of the site's own, written from right to left, with a few texts; the rest is said in English.
    const folder = join(stage.ctx.config.templates, "locale");
    mkdirSync(join(folder, "ar"), { recursive: true });
    const list = readFileSync(new URL("../../templates/locale/languages.yaml", import.meta.url), "utf8");
    writeFileSync(join(folder, "languages.yaml"), `${list}ar: العربية\n`);
    writeFileSync(join(folder, "ar/hub.yaml"), "hub.heading: اختر رسائلك الإخبارية\n");
    writeFileSync(join(folder, "ar/signup.yaml"), "signup.button: اشترك\n");
    page = (await stage.window({ viewport: { width: 390, height: 844 } })).page;
  });

  describe.each([
    ["uk", "Ранкова хвиля"],
    ["de", "Der Hafenbrief am Donnerstagnachmittag"],
    ["fr", "La lettre du port"],
    ["es", "La carta del puerto"],
    ["pl", "List z portu"],
    ["ar", "رسالة الميناء"],
  ])("%s", (language, name) => {
    beforeAll(() => furnish(language, name));

    test.each(kinds)(
      "$name: in its language and direction, without fault, nothing cut off on a narrow screen",
      async ({ path }) => {
        await page.setViewportSize({ width: 390, height: 844 });
        await page.goto(await path(stage, language));
        const html = page.locator("html");
        expect(await html.getAttribute("lang")).toBe(language);
        expect(await html.getAttribute("dir")).toBe(language === "ar" ? "rtl" : "ltr");
        expect(await found(page)).toEqual([]);
        await page.setViewportSize({ width: 320, height: 256 });
        expect(await overhang(page)).toBeLessThanOrEqual(0);
      },
    );
  });

  test("from right to left, boxes stand at the right of their names, and texts that lack are in English", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto("/?lang=ar");
    expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe("اختر رسائلك الإخبارية");
    expect(await page.locator("button[type=submit]").innerText()).toBe("اشترك");
    const box = await page.locator(".card[dir=rtl] input[type=checkbox]").first().boundingBox();
    const card = await page.locator(".card[dir=rtl]").first().boundingBox();
    expect((box?.x ?? 0) - (card?.x ?? 0)).toBeGreaterThan((card?.width ?? 0) / 2);
    expect(await page.getByText("Where shall we send it?").count()).toBe(1);
  });
});
