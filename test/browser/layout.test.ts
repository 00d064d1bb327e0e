import { describe, expect, test } from "vitest";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { executable, openStage, screens } from "./browser.ts";

describe.skipIf(executable === null)("while a page loads", { timeout: 60_000 }, () => {
  const stage = openStage();

  test.each(screens)("nothing moves, however late the pictures come: $name", async ({ name: _, ...options }) => {
    const { page, context } = await stage.window(options);
    const held: (() => void)[] = [];
    await page.route("**/assets/icon.svg", async (route) => {
      if (route.request().resourceType() !== "image") return route.continue();
      await new Promise<void>((resolve) => held.push(resolve));
      return route.continue();
    });
    for (const path of ["/", "/n/morning-tide"]) {
      await page.goto(path, { waitUntil: "commit" });
      await page.waitForFunction(() => document.styleSheets.length > 0 && document.querySelector("footer") !== null);
      const before = await page.evaluate(() => document.documentElement.scrollHeight);
      await expect.poll(() => held.length).toBeGreaterThan(0);
      for (const release of held.splice(0)) release();
      await page.waitForLoadState("load");
      const after = await page.evaluate(() => document.documentElement.scrollHeight);
      expect(after, path).toBe(before);
      expect(await page.evaluate(shifted), path).toBe(0);
    }
    await context.close();
  });
});

describe.skipIf(executable === null)("on a narrow screen", { timeout: 60_000 }, () => {
  const stage = openStage();

  test("no page is wider than the window, however long the words of a newsletter are", async () => {
    const sender = { senderName: "Hafen", senderAddress: "hafen@harbourpost.example" };
    await createNewsletter(stage.ctx, {
      ...{ slug: "nach", name: "Nachhaltigkeitsberichterstattung", language: "de", ...sender },
      pitch: "Rechtsschutzversicherungsgesellschaften und Donaudampfschifffahrtskapitäne.",
    });
    for (const width of [280, 390]) {
      const { page, context } = await stage.window({ viewport: { width, height: 800 } });
      for (const path of ["/n/nach", "/n/nach/archive", "/?lang=de", "/embed/nach", "/thanks?n=morning-tide"]) {
        await page.goto(path);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide, `${path} at ${width}`).toBeLessThanOrEqual(width);
      }
      await context.close();
    }
  });
});

/** The sum of layout shifts that the browser has seen so far. */
function shifted(): Promise<number> {
  return new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) sum += (entry as PerformanceEntry & { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
  });
}
