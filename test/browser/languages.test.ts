import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { mostGuesses } from "../../src/http/guesses.ts";
import { editInstance } from "../../src/instance/edit.ts";
import { executable, openStage } from "./browser.ts";
import { furnishIn, type Stop } from "./tour.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const languages = [
  ["en", "The harbour letter"],
  ["uk", "Ранкова хвиля"],
  ["de", "Der Hafenbrief am Donnerstagnachmittag"],
  ["fr", "La lettre du port"],
  ["es", "La carta del puerto"],
  ["pl", "List z portu"],
  ["ar", "رسالة الميناء"],
] as const;

/** The narrowest screen that nothing may be cut off on (WCAG 1.4.10). */
const viewport = { width: 320, height: 256 };

async function go(page: Page, { path, press, email, sandboxed }: Stop): Promise<void> {
  if (sandboxed === true) await open(page, `**${path}`);
  if (path !== undefined) {
    await page.goto(path);
    return;
  }
  const loaded = page.waitForEvent("load");
  await page.evaluate(
    ([selector, typed]) => {
      const button = document.querySelector<HTMLButtonElement>(selector ?? "");
      const form = button?.form;
      if (!form) throw new Error(`no button ${selector} on ${document.title}`);
      const field = form.elements.namedItem("email");
      if (typed !== undefined && field instanceof HTMLInputElement) field.value = typed;
      // The server's answer is what is looked at, not the browser's own bubble.
      form.noValidate = true;
      form.requestSubmit(button);
    },
    [press, email] as const,
  );
  await loaded;
}

/** Takes the sandbox, and that alone, from the policy of a page. */
async function open(page: Page, path: string): Promise<void> {
  await page.route(
    path,
    async (route) => {
      const response = await route.fetch();
      const { "content-security-policy": policy = "", ...headers } = response.headers();
      const without = policy.replace(/; sandbox.*/, "");
      await route.fulfill({ response, headers: { ...headers, "content-security-policy": without } });
    },
    { times: 1 },
  );
}

/** What is wrong with an open page: its language, its direction, what axe finds, what sticks out. */
async function faultsOf(page: Page, language: string): Promise<string[]> {
  const [lang, dir, overhang, results] = await page.evaluate(async () => {
    const { lang, dir } = document.documentElement;
    const overhang = document.documentElement.scrollWidth - window.innerWidth;
    const { axe } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
    return [lang, dir, overhang, (await axe.run()).violations] as const;
  });
  const found = results.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 120)}`));
  if (lang !== language) found.push(`speaks ${lang}`);
  if (dir !== (language === "ar" ? "rtl" : "ltr")) found.push(`is written ${dir}`);
  if (overhang > 0) found.push(`sticks out by ${overhang} pixels`);
  return found;
}

describe.skipIf(executable === null)("every language", { timeout: 60_000 }, () => {
  const stage = openStage();
  let windows: [Page, Page];

  beforeAll(async () => {
    // A language of the site's own, written from right to left, with a few texts; the rest is said in English.
    const folder = join(stage.ctx.config.templates, "locale");
    mkdirSync(join(folder, "ar"), { recursive: true });
    const list = readFileSync(new URL("../../templates/locale/languages.yaml", import.meta.url), "utf8");
    writeFileSync(join(folder, "languages.yaml"), `${list}ar: العربية\n`);
    writeFileSync(join(folder, "ar/hub.yaml"), "hub.heading: اختر رسائلك الإخبارية\n");
    writeFileSync(join(folder, "ar/signup.yaml"), "signup.button: اشترك\n");
    const { context, page } = await stage.window({ viewport });
    await context.addInitScript(axe);
    windows = [page, await context.newPage()];
  });

  test.each(languages)(
    "%s: all that readers come to is in it, without fault, nothing cut off",
    async (language, name) => {
      const ways = await furnishIn(stage, language, name);
      const isSeen = ({ passed, usual }: Stop) => passed !== true && (usual !== true || language !== "en");
      const stops = ways.flat().filter(isSeen);
      // By day and by night in turn: what one language shows in one light, the next shows in the other.
      const colorScheme = languages.findIndex(([tag]) => tag === language) % 2 === 0 ? "light" : "dark";
      const found: Record<string, string[]> = {};
      const walk = async (page: Page) => {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
          for (const stop of way.slice(0, way.findLastIndex(isSeen) + 1)) {
            await go(page, stop);
            if (isSeen(stop)) found[stop.name] = await faultsOf(page, language);
          }
        }
      };
      // One waits for the server while the other is looked at.
      await Promise.all(windows.map(walk));
      expect(Object.keys(found)).toHaveLength(stops.length);
      expect(Object.entries(found).filter(([, faults]) => faults.length > 0)).toEqual([]);
    },
  );

  test("too many wrong links: the refusal is in every language of a site, without fault", async () => {
    const [page] = windows;
    for (let guess = 0; guess <= mostGuesses; guess += 1) await fetch(`${stage.url}/confirm/forged`);
    const found: Record<string, string[]> = {};
    for (const [language] of languages) {
      await editInstance(stage.ctx, { language });
      expect((await page.goto("/confirm/forged"))?.status()).toBe(429);
      found[language] = await faultsOf(page, language);
    }
    expect(found).toEqual(Object.fromEntries(languages.map(([language]) => [language, []])));
  });

  test("from right to left, boxes stand at the right of their names, and texts that lack are in English", async () => {
    const { context, page } = await stage.window({ viewport: { width: 390, height: 844 } });
    await page.goto("/?lang=ar");
    expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe("اختر رسائلك الإخبارية");
    expect(await page.locator("button[type=submit]").innerText()).toBe("اشترك");
    const box = await page.locator(".card[dir=rtl] input[type=checkbox]").first().boundingBox();
    const card = await page.locator(".card[dir=rtl]").first().boundingBox();
    expect((box?.x ?? 0) - (card?.x ?? 0)).toBeGreaterThan((card?.width ?? 0) / 2);
    expect(await page.getByText("Where shall we send it?").count()).toBe(1);
    await context.close();
  });
});
