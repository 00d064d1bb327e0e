import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { executable, joinUp, mailedLinks, openStage, publish, type Stage, screens } from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong, in a form that tells where to look. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 120)} ${node.failureSummary ?? ""}`),
  );
}

/** Every kind of page; what only a form brings forth is posted for. */
async function pages(stage: Stage): Promise<[name: string, path: string, press?: (page: Page) => Promise<void>][]> {
  const pathOf = (links: string[]) => new URL(links[0] ?? "").pathname;
  const email = "ana@harbour.example";
  const [newest] = (await stage.ctx.keep?.list({ limit: 1 })) ?? [];
  return [
    ["hub", "/"],
    ["hub, bad address", "/", (page) => submit(page, "ana@harbour")],
    ["hub, nothing chosen", "/", (page) => submit(page, "ana@harbour.example")],
    ["newsletter", "/n/morning-tide"],
    ["newsletter, bad address", "/n/morning-tide", (page) => submit(page, "ana@harbour")],
    ["issue", "/n/morning-tide/ferry"],
    ["thanks", "/thanks"],
    ["confirm", pathOf(await mailedLinks(stage, "bo@harbour.example", "confirm"))],
    ["confirmed", "/confirmed?n=morning-tide&n=hafenbrief"],
    ["expired", `/confirm/${stage.ctx.signer.sign("confirm", [999_999])}`],
    ["unknown link", "/confirm/forged"],
    ["leave", pathOf(await mailedLinks(stage, email, "u"))],
    ["preferences", pathOf(await mailedLinks(stage, email, "p"))],
    ["not found", "/nothing"],
    ["outbox", "/outbox"],
    ["mail as HTML", `/outbox/${newest?.id}`],
    ["mail as text", `/outbox/${newest?.id}?view=text`],
  ];
}

async function submit(page: Page, email: string): Promise<void> {
  await page.getByLabel("Email address").fill(email);
  await page.getByRole("button", { name: "Subscribe" }).click();
  await page.locator(".fault").waitFor();
}

describe.skipIf(executable === null)("every page", { timeout: 120_000 }, () => {
  const stage = openStage();

  beforeAll(async () => {
    await joinUp(stage, "ana@harbour.example", "morning-tide", "council-watch");
    const fields = { email: "bo@harbour.example", newsletter: "morning-tide" };
    await fetch(`${stage.url}/subscribe`, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
    await publish(stage, "ferry");
    await mailedLinks(stage, "ana@harbour.example", "u");
  });

  test.each(screens)("axe finds no violation: $name", async ({ name: _, ...options }) => {
    const { page, context } = await stage.window(options);
    for (const [name, path, press] of await pages(stage)) {
      await page.goto(path);
      await press?.(page);
      expect(await violations(page), name).toEqual([]);
    }
    await context.close();
  });

  test("at 400 % zoom nothing is cut off and nothing scrolls sideways (WCAG 1.4.10)", async () => {
    const { page } = await stage.window({ viewport: { width: 320, height: 256 } });
    for (const [name, path, press] of await pages(stage)) {
      await page.goto(path);
      await press?.(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wide, name).toBeLessThanOrEqual(0);
    }
  });

  test("what one presses is at least 44 pixels high", async () => {
    const { page } = await stage.window(screens[0]);
    for (const [name, path] of await pages(stage)) {
      await page.goto(path);
      const heights = await page
        .locator(
          ".button, input[type=email], .card, .card-more a, .masthead-name, .foot a, .plain a, .issues a, .tabs a, .back a, .mails-subject",
        )
        .evaluateAll((nodes) =>
          nodes.map((node) => `${node.className} ${Math.round(node.getBoundingClientRect().height)}`),
        );
      expect(heights.length, name).toBeGreaterThan(0);
      for (const height of heights)
        expect(Number(height.split(" ").at(-1)), `${name}: ${height}`).toBeGreaterThanOrEqual(44);
    }
  });

  test("pages load nothing from elsewhere, and the console stays silent", async () => {
    const { page } = await stage.window();
    const foreign: string[] = [];
    const said: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(stage.url)) foreign.push(request.url());
    });
    page.on("console", (message) => said.push(message.text()));
    for (const [name, path] of await pages(stage)) {
      said.length = 0;
      const answer = await page.goto(path, { waitUntil: "networkidle" });
      const expected = (answer?.status() ?? 0) >= 400 ? 1 : 0;
      expect(said.length, `${name}: ${said.join(" | ")}`).toBeLessThanOrEqual(expected);
    }
    expect(foreign).toEqual([]);
  });
});
