import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { executable, joinUp, mailedLinks, openStage, publish, type Stage, screens } from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A kind of page: where it is once the stage is furnished, and how a form brings forth what only a form does. */
interface Kind {
  readonly name: string;
  path(stage: Stage): string | Promise<string>;
  press?(page: Page): Promise<void>;
}

const ana = "ana@harbour.example";
const bo = "bo@harbour.example";
const pathOf = (links: string[]) => new URL(links[0] ?? "").pathname;

async function newestMail(stage: Stage): Promise<string> {
  const [newest] = (await stage.ctx.keep?.list({ limit: 1 })) ?? [];
  return `/outbox/${newest?.id}`;
}

const kinds: readonly Kind[] = [
  { name: "hub", path: () => "/" },
  { name: "hub, bad address", path: () => "/", press: (page) => submit(page, "ana@harbour") },
  { name: "hub, nothing chosen", path: () => "/", press: (page) => submit(page, ana) },
  { name: "newsletter", path: () => "/n/morning-tide" },
  { name: "newsletter, bad address", path: () => "/n/morning-tide", press: (page) => submit(page, "ana@harbour") },
  { name: "closed newsletter", path: () => "/n/night-desk" },
  { name: "issue", path: () => "/n/morning-tide/ferry" },
  { name: "archive", path: () => "/n/morning-tide/archive" },
  { name: "thanks", path: () => "/thanks?n=morning-tide&n=hafenbrief" },
  { name: "frame", path: () => "/embed/morning-tide" },
  { name: "frame, bad address", path: () => "/embed/morning-tide", press: (page) => submit(page, "ana@harbour") },
  { name: "confirm", path: async (stage) => pathOf(await mailedLinks(stage, bo, "confirm")) },
  { name: "not me", path: async (stage) => `${pathOf(await mailedLinks(stage, bo, "confirm"))}/not-me` },
  { name: "confirmed", path: () => "/confirmed?n=morning-tide&n=hafenbrief" },
  { name: "expired", path: ({ ctx }) => `/confirm/${ctx.signer.sign("confirm", [999_999])}` },
  { name: "unknown link", path: () => "/confirm/forged" },
  { name: "leave", path: async (stage) => pathOf(await mailedLinks(stage, ana, "u")) },
  { name: "preferences", path: async (stage) => pathOf(await mailedLinks(stage, ana, "p")) },
  {
    name: "preferences, a break to choose",
    path: preferencesOf,
    press: (page) => page.locator("summary").first().press("Enter"),
  },
  { name: "preferences, something left", path: preferencesOf, press: (page) => pressFor(page, "Leave Council Watch") },
  { name: "preferences by a fresh link", path: async (stage) => manage(stage) },
  { name: "preferences, bad new address", path: async (stage) => manage(stage), press: badAddress },
  { name: "erasing oneself", path: async (stage) => `${await manage(stage)}/erase` },
  { name: "new address", path: newAddress },
  { name: "asking for one's link", path: () => "/preferences" },
  { name: "link sent", path: () => "/preferences/sent" },
  {
    name: "left",
    path: async (stage) => pathOf(await mailedLinks(stage, ana, "u")),
    press: (page) => pressFor(page, "Unsubscribe"),
  },
  { name: "not found", path: () => "/nothing" },
  { name: "outbox", path: () => "/outbox" },
  { name: "mail as HTML", path: newestMail },
  { name: "mail as text", path: async (stage) => `${await newestMail(stage)}?view=text` },
];

async function preferencesOf(stage: Stage): Promise<string> {
  return pathOf(await mailedLinks(stage, ana, "p"));
}

/** The page behind a fresh link; its mail may have to wait, the link works already. */
async function manage(stage: Stage): Promise<string> {
  return `/manage/${await signed(stage, "link", "manage")}`;
}

async function newAddress(stage: Stage): Promise<string> {
  const body = new URLSearchParams({ do: "address", email: "ana@elsewhere.example" });
  await fetch(`${stage.url}${await manage(stage)}`, { method: "POST", body });
  return `/address/${await signed(stage, "address", "address")}`;
}

async function signed({ ctx }: Stage, kind: "link" | "address", purpose: "manage" | "address"): Promise<string> {
  const { id, subscriber } = await ctx.store.db
    .selectFrom("notices")
    .select(["id", "subscriber"])
    .where("kind", "=", kind)
    .executeTakeFirstOrThrow();
  return ctx.signer.sign(purpose, [id, subscriber ?? 0]);
}

async function pressFor(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
  await page.getByRole("button", { name: "Take it back" }).waitFor();
}

async function badAddress(page: Page): Promise<void> {
  await page.getByLabel("New address").fill("ana@elsewhere");
  await page.getByRole("button", { name: "Change my address" }).click();
  await page.locator(".fault").waitFor();
}

async function submit(page: Page, email: string): Promise<void> {
  await page.getByLabel("Email address").fill(email);
  await page.getByRole("button", { name: "Subscribe" }).click();
  await page.locator(".fault").waitFor();
}

/** What the browser has asked for and said since a page was opened. */
interface Seen {
  readonly foreign: string[];
  readonly said: string[];
  /** Pages that were answered with a fault; the console may name each. */
  refused: number;
}

function watch(page: Page, url: string): Seen {
  const seen: Seen = { foreign: [], said: [], refused: 0 };
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) seen.foreign.push(request.url());
  });
  page.on("response", (response) => {
    if (response.request().isNavigationRequest() && response.status() >= 400) seen.refused += 1;
  });
  page.on("console", (message) => seen.said.push(message.text()));
  return seen;
}

/** Shows an open page on another screen: the pages hold no script, so what a screen changes is style alone. */
async function show(page: Page, { viewport, colorScheme }: (typeof screens)[number]): Promise<void> {
  await page.setViewportSize(viewport);
  // Without motion nothing is on its way from one colour to the other while axe looks.
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  // A page hears of either with a frame of its own, and is drawn with the next.
  await page.evaluate(
    async ([width, dark]) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const isThere = () => innerWidth === width && matchMedia("(prefers-color-scheme: dark)").matches === dark;
      while (!isThere()) await frame();
      await frame();
      await frame();
    },
    [viewport.width, colorScheme === "dark"] as const,
  );
}

/** What axe finds wrong, in a form that tells where to look. */
async function violations(page: Page): Promise<string[]> {
  const found = await page.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 120)} ${node.failureSummary ?? ""}`),
  );
}

const pressed =
  ".button, input[type=email], .card, .card-more a, .masthead-name, .foot a, .options label, .plain a, .issues a, .beside a, .copy-more a, .tabs a, .back a, .mails-subject";

describe.skipIf(executable === null)("every page", { timeout: 60_000 }, () => {
  const stage = openStage();
  let page: Page;

  beforeAll(async () => {
    await joinUp(stage, ana, "morning-tide", "council-watch");
    const fields = { email: bo, newsletter: "morning-tide" };
    await fetch(`${stage.url}/subscribe`, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
    await publish(stage, "ferry");
    await createNewsletter(stage.ctx, {
      ...{ slug: "night-desk", name: "The Night Desk", pitch: "What happened while you slept.", status: "closed" },
      ...{ senderName: "The Harbour Post", senderAddress: "news@harbourpost.example" },
    });
    await mailedLinks(stage, ana, "u");
    await fetch(`${stage.url}/preferences`, {
      method: "POST",
      body: new URLSearchParams({ email: ana }),
      redirect: "manual",
    });
    page = (await stage.window()).page;
    // axe works by timers, which the sandbox of an issue holds back.
    await page.route("**/n/morning-tide/ferry", async (route) => {
      const response = await route.fetch();
      const { "content-security-policy": policy = "", ...headers } = response.headers();
      const open = policy.replace(/; sandbox.*/, "");
      await route.fulfill({ response, headers: { ...headers, "content-security-policy": open } });
    });
  });

  describe.each(kinds)("$name", ({ path, press }) => {
    let seen: Seen;

    // Opened once for all its tests: a page takes longer to come than to be looked at on another screen.
    beforeAll(async () => {
      seen = watch(page, stage.url);
      await page.goto(await path(stage));
      await press?.(page);
      await page.evaluate(axe);
      return () => page.removeAllListeners();
    });

    test.each(screens)("axe finds no violation: $name", async (screen) => {
      await show(page, screen);
      expect(await violations(page)).toEqual([]);
    });

    test("at 400 % zoom nothing is cut off and nothing scrolls sideways (WCAG 1.4.10)", async () => {
      await page.setViewportSize({ width: 320, height: 256 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wide).toBeLessThanOrEqual(0);
    });

    test("what one presses is at least 44 pixels high", async () => {
      await show(page, screens[0]);
      const heights = await page
        .locator(pressed)
        .evaluateAll((nodes) =>
          nodes.map((node) => `${node.className} ${Math.round(node.getBoundingClientRect().height)}`),
        );
      expect(heights.length).toBeGreaterThan(0);
      for (const height of heights) expect(Number(height.split(" ").at(-1)), height).toBeGreaterThanOrEqual(44);
    });

    test("nothing was loaded from elsewhere, and the console stayed silent", async () => {
      await page.waitForLoadState("networkidle");
      expect(seen.foreign).toEqual([]);
      expect(seen.said.length, seen.said.join(" | ")).toBeLessThanOrEqual(seen.refused);
    });
  });
});
