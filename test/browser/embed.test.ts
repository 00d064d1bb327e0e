import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { FrameLocator, Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { embedSnippets } from "../../src/http/embed-view.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { executable, mailedLinks, openStage, type Stage, screens } from "./browser.ts";
import { openHost } from "./host.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function snippet(stage: Stage, kind: "form" | "element" | "frame", ...slugs: string[]): Promise<string> {
  return (await embedSnippets(stage.ctx, { slugs }))[kind] ?? "";
}

/** How far down the text below the form stands. */
function below(page: Page): Promise<number> {
  return page.locator("#after").evaluate((node) => node.getBoundingClientRect().top);
}

/** What a browser says of an article on another site: its complaints, and how far the text has moved by itself. */
function watch(page: Page): string[] {
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  return said;
}

/** The element once it has its own form. */
async function upgraded(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll("tidings-signup")].every((element) => element.shadowRoot !== null),
  );
}

function shifted(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += (entry as PerformanceEntry & { value: number }).value;
        }).observe({ type: "layout-shift", buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
      }),
  );
}

const thanks = "Please check your mail";

/** The field that one sees: the plain form stays in the tag behind the element's own. */
function emailIn(place: Page | Locator | FrameLocator): Locator {
  return place.getByRole("textbox", { name: "Email address" });
}

describe.skipIf(executable === null)("on a page of another site", { timeout: 60_000 }, () => {
  const stage = openStage();
  const host = openHost();

  test.each([true, false])("the plain form signs up and leads to the thanks; script: %s", async (javaScriptEnabled) => {
    const email = `form-${javaScriptEnabled}@harbour.example`;
    const { page, context } = await stage.window({ javaScriptEnabled });
    const said = watch(page);
    await page.goto(host.page(await snippet(stage, "form", "morning-tide")));
    await emailIn(page).fill(email);
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.waitForURL("**/thanks?n=morning-tide");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(thanks);
    expect(await mailedLinks(stage, email, "confirm")).not.toEqual([]);
    expect(said).toEqual([]);
    await context.close();
  });

  test("without script the element is the plain form", async () => {
    const { page, context } = await stage.window({ javaScriptEnabled: false });
    await page.goto(host.page(await snippet(stage, "element", "morning-tide")));
    await emailIn(page).fill("bare@harbour.example");
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.waitForURL("**/thanks?n=morning-tide");
    expect(await mailedLinks(stage, "bare@harbour.example", "confirm")).not.toEqual([]);
    await context.close();
  });

  test("where the script cannot load, the form inside the tag works", async () => {
    const { page, context } = await stage.window();
    await page.route("**/embed.js", (route) => route.abort());
    await page.goto(host.page(await snippet(stage, "element", "morning-tide")));
    await emailIn(page).fill("cut@harbour.example");
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.waitForURL("**/thanks?n=morning-tide");
    await context.close();
  });

  test("the element signs up by the keyboard alone, never leaves the page, and says so to screen readers", async () => {
    const { page, context } = await stage.window();
    const said = watch(page);
    const url = host.page(await snippet(stage, "element", "morning-tide"));
    await page.goto(url);
    await upgraded(page);
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.getAttribute("type"));
    expect(focused).toBe("email");
    await page.keyboard.type("eve@harbour.example");
    await page.keyboard.press("Enter");
    const status = page.locator('tidings-signup [part="message"]');
    await page.getByText(thanks).waitFor();
    expect(await status.getAttribute("role")).toBe("status");
    expect(await status.evaluate((node) => node === (node.getRootNode() as ShadowRoot).activeElement)).toBe(true);
    expect(page.url()).toBe(url);
    expect(await mailedLinks(stage, "eve@harbour.example", "confirm")).not.toEqual([]);
    expect(said).toEqual([]);
    await context.close();
  });

  test("a fault stands beside the field, is an alert, and takes the focus there; mended, the form goes through", async () => {
    const { page, context } = await stage.window();
    await page.goto(host.page(await snippet(stage, "element", "morning-tide")));
    await upgraded(page);
    const field = emailIn(page);
    await page.getByRole("button", { name: "Subscribe" }).click();
    expect(await page.getByRole("alert").textContent()).toBe("Please enter your email address.");
    await field.fill("fay@harbour");
    await field.press("Enter");
    await page.getByText("not a complete domain").waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(await field.evaluate((node) => node === (node.getRootNode() as ShadowRoot).activeElement)).toBe(true);
    await field.press("End");
    await page.keyboard.type(".example");
    await page.keyboard.press("Enter");
    await page.getByText(thanks).waitFor();
    await context.close();
  });

  test("with a strict policy on the page the element has its looks and works", async () => {
    const own = new URL(stage.url).origin;
    const headers = {
      "content-security-policy": [
        "default-src 'none'",
        `script-src ${own}`,
        `connect-src ${own}`,
        "style-src 'self'",
        `form-action ${own}`,
        "require-trusted-types-for 'script'",
      ].join("; "),
    };
    // As the guide says: the printed styles go into the page's own sheet.
    const printed = await snippet(stage, "element", "morning-tide");
    const [styles = "", css = ""] = /<style>([\s\S]*?)<\/style>/.exec(printed) ?? [];
    const html = printed.replace(styles, "");
    const { page, context } = await stage.window();
    const said = watch(page);
    await page.goto(host.page(html, { headers, css }));
    await upgraded(page);
    expect(await shifted(page)).toBe(0);
    const button = page.getByRole("button", { name: "Subscribe" });
    expect(await button.evaluate((node) => getComputedStyle(node).backgroundColor)).toBe("rgb(196, 61, 52)");
    await emailIn(page).fill("gus@harbour.example");
    await button.click();
    await page.getByText(thanks).waitFor();
    expect(said).toEqual([]);
    await context.close();
  });

  test("two elements on one page do not know of each other", async () => {
    const { page, context } = await stage.window();
    const first = await snippet(stage, "element", "morning-tide");
    const second = await snippet(stage, "element", "council-watch");
    await page.goto(host.page(`${first}\n<p>Between the two.</p>\n${second}`));
    await upgraded(page);
    const [morning, council] = [page.locator("tidings-signup").first(), page.locator("tidings-signup").last()];
    await emailIn(council).fill("hal@harbour.example");
    await emailIn(morning).fill("other@harbour");
    await council.getByRole("button").click();
    await council.getByText(thanks).waitFor();
    expect(await emailIn(morning).inputValue()).toBe("other@harbour");
    expect(await morning.getByText(thanks).count()).toBe(0);
    const rows = await stage.ctx.store.db
      .selectFrom("subscriptions as s")
      .innerJoin("subscribers as p", "p.id", "s.subscriber")
      .innerJoin("newsletters as n", "n.id", "s.newsletter")
      .select(["n.slug"])
      .where("p.email", "=", "hal@harbour.example")
      .execute();
    expect(rows).toEqual([{ slug: "council-watch" }]);
    await context.close();
  });

  test("an element for several newsletters asks which, with nothing ticked beforehand", async () => {
    const { page, context } = await stage.window();
    await page.goto(host.page(await snippet(stage, "element", "morning-tide", "council-watch")));
    await upgraded(page);
    await emailIn(page).fill("ida@harbour.example");
    await page.getByRole("button", { name: "Subscribe" }).click();
    expect(await page.getByRole("alert").textContent()).toBe("Please tick at least one newsletter.");
    await page.getByRole("checkbox", { name: "Council Watch" }).check();
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.getByText(thanks).waitFor();
    await context.close();
  });

  test("an element with nothing inside works as well, and follows what it is told later", async () => {
    const { page, context } = await stage.window();
    const said = watch(page);
    const script = `<script src="${stage.url}/embed.js" async></script>`;
    await page.goto(host.page(`<tidings-signup></tidings-signup>${script}`));
    await page.evaluate(() => customElements.whenDefined("tidings-signup").then(() => undefined));
    const name = (slug: string) =>
      page.locator("tidings-signup").evaluate((node, value) => node.setAttribute("newsletter", value), slug);
    await name("council-watch");
    await page.getByText("Council Watch", { exact: true }).waitFor();
    await emailIn(page).fill("kit@harb");
    await name("morning-tide");
    await page.getByText("The Morning Tide", { exact: true }).waitFor();
    expect(await emailIn(page).inputValue()).toBe("kit@harb");
    expect(await emailIn(page).getAttribute("dir")).toBe("ltr");
    expect(said).toEqual([]);
    await emailIn(page).fill("kit@harbour.example");
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.getByText(thanks).waitFor();
    await context.close();
  });

  test("a newsletter that takes a break says so in its element, with a way to the others, and nothing moves", async () => {
    const html = await snippet(stage, "element", "hafenbrief");
    await editNewsletter(stage.ctx, { slug: "hafenbrief", changes: { status: "paused" } });
    const { page, context } = await stage.window();
    await page.goto(host.page(html));
    await upgraded(page);
    expect(await page.getByRole("textbox").count()).toBe(0);
    expect(await shifted(page)).toBe(0);
    const link = page.locator('tidings-signup [part="link"]');
    expect(await link.getAttribute("href")).toBe(`${stage.url}/`);
    await editNewsletter(stage.ctx, { slug: "hafenbrief", changes: { status: "open" } });
    await context.close();
  });

  test("an element speaks its language to the end: its consent is kept, its faults are told in it", async () => {
    const { element } = await embedSnippets(stage.ctx, { slugs: ["council-watch"], language: "uk" });
    const { page, context } = await stage.window();
    await page.goto(host.page(element));
    await upgraded(page);
    const [field, shown] = [page.locator('[part="field"]'), page.locator('tidings-signup [part="consent"]')];
    const words = (await shown.textContent()) ?? "";
    await field.fill("оля");
    await field.press("Enter");
    await page.getByText("посередині є знак @").waitFor();
    await field.fill("olia@harbour.example");
    await field.press("Enter");
    await page.getByText("Перевірте, будь ласка, пошту").waitFor();
    const row = await stage.ctx.store.db
      .selectFrom("consents as c")
      .innerJoin("subscribers as p", "p.id", "c.subscriber")
      .innerJoin("wordings as w", "w.hash", "c.wording")
      .select("w.text")
      .where("p.email", "=", "olia@harbour.example")
      .executeTakeFirstOrThrow();
    expect(row.text.replace(" (https://harbourpost.example/privacy)", "")).toBe(words);
    await context.close();
  });

  test("a newsletter that closes meanwhile says so in the place of its form, in its language", async () => {
    const { element } = await embedSnippets(stage.ctx, { slugs: ["council-watch"], language: "uk" });
    const { page, context } = await stage.window();
    await page.goto(host.page(element));
    await upgraded(page);
    const before = await below(page);
    await editNewsletter(stage.ctx, { slug: "council-watch", changes: { status: "closed" } });
    const field = page.locator('[part="field"]');
    await field.fill("late@harbour.example");
    await field.press("Enter");
    await page.getByText("Council Watch більше не виходить.").waitFor();
    await expect
      .poll(() => page.evaluate(() => document.querySelector("tidings-signup")?.shadowRoot?.activeElement?.role))
      .toBe("status");
    expect(await below(page)).toBe(before);
    await editNewsletter(stage.ctx, { slug: "council-watch", changes: { status: "open" } });
    await context.close();
  });

  test("one of several that closes is gone from the list, and what was typed and ticked stays", async () => {
    const html = await snippet(stage, "element", "morning-tide", "council-watch", "hafenbrief");
    const { page, context } = await stage.window();
    await page.goto(host.page(html));
    await upgraded(page);
    await editNewsletter(stage.ctx, { slug: "council-watch", changes: { status: "closed" } });
    await emailIn(page).fill("una@harbour.example");
    for (const name of ["The Morning Tide", "Council Watch"]) await page.getByRole("checkbox", { name }).check();
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.getByText("This list is up to date").waitFor();
    await expect.poll(() => page.getByRole("checkbox").count()).toBe(2);
    expect(await page.getByRole("alert").textContent()).toContain("This list is up to date");
    expect(await page.getByRole("checkbox", { name: "The Morning Tide" }).isChecked()).toBe(true);
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.getByText(thanks).waitFor();
    await editNewsletter(stage.ctx, { slug: "council-watch", changes: { status: "open" } });
    await context.close();
  });

  test("a heading of the page's own moves nothing, and no room stays empty when a phone is turned", async () => {
    const heading = '<h2 slot="heading">Get the letter of the harbour</h2></tidings-signup>';
    const html = (await snippet(stage, "element", "morning-tide")).replace("</tidings-signup>", heading);
    const { page, context } = await stage.window({ viewport: { width: 320, height: 844 } });
    await page.goto(host.page(html, { css: "body{font:18px/1.6 serif}" }));
    await upgraded(page);
    expect(await shifted(page)).toBe(0);
    const spare = () =>
      page.locator('tidings-signup [part="box"]').evaluate((box) => {
        const last = box.querySelector('[part="consent"]') ?? box;
        return Math.round(box.getBoundingClientRect().bottom - last.getBoundingClientRect().bottom);
      });
    await page.setViewportSize({ width: 844, height: 390 });
    await expect.poll(spare).toBeLessThan(30);
    await context.close();
  });

  test("on a site that the newsletter does not name, the element stays the plain form", async () => {
    const html = await snippet(stage, "element", "council-watch");
    await editNewsletter(stage.ctx, { slug: "council-watch", changes: { origins: ["https://news.example"] } });
    const { page, context } = await stage.window();
    const said = watch(page);
    await page.goto(host.page(html));
    await expect.poll(() => said.some((line) => line.startsWith("tidings-signup:"))).toBe(true);
    expect(await page.evaluate(() => document.querySelector("tidings-signup")?.shadowRoot)).toBeNull();
    await emailIn(page).fill("liv@harbour.example");
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.waitForURL("**/thanks?n=council-watch");
    await editNewsletter(stage.ctx, { slug: "council-watch", changes: { origins: [] } });
    await context.close();
  });

  test("on a site that the newsletter names, the element works, and its frame is shown; elsewhere the frame is not", async () => {
    const { page, context } = await stage.window();
    const html = `${await snippet(stage, "element", "council-watch")}${await snippet(stage, "frame", "council-watch")}`;
    const shown = () => page.frameLocator("iframe").getByRole("textbox", { name: "Email address" }).count();
    await editNewsletter(stage.ctx, { slug: "council-watch", changes: { origins: [host.origin] } });
    await page.goto(host.page(html));
    await upgraded(page);
    await expect.poll(shown).toBe(1);
    await editNewsletter(stage.ctx, { slug: "council-watch", changes: { origins: ["https://news.example"] } });
    await page.goto(host.page(html), { waitUntil: "networkidle" });
    expect(await shown()).toBe(0);
    await editNewsletter(stage.ctx, { slug: "council-watch", changes: { origins: [] } });
    await context.close();
  });

  test("what was typed before the script came is kept, with the focus", async () => {
    const { page, context } = await stage.window();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route("**/embed.js", async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(host.page(await snippet(stage, "element", "morning-tide")), { waitUntil: "commit" });
    await emailIn(page).pressSequentially("jo@harb");
    release();
    await upgraded(page);
    await page.keyboard.type("our.example");
    await page.keyboard.press("Enter");
    await page.getByText(thanks).waitFor();
    expect(await mailedLinks(stage, "jo@harbour.example", "confirm")).not.toEqual([]);
    await context.close();
  });

  describe.each(screens)("$name", ({ name: _, ...options }) => {
    test("nothing moves when the element takes the place of the plain form, nor when it answers", async () => {
      const { page, context } = await stage.window(options);
      await page.goto(host.page(await snippet(stage, "element", "morning-tide"), { css: "body{font:18px/1.6 serif}" }));
      await upgraded(page);
      expect(await shifted(page)).toBe(0);
      const before = await below(page);
      await emailIn(page).fill(`k${Math.round(before)}@harbour.example`);
      await page.getByRole("button", { name: "Subscribe" }).click();
      await page.getByText(thanks).waitFor();
      expect(await below(page)).toBe(before);
      await context.close();
    });

    test("it takes font and colour of the page around, and axe finds no violation", async () => {
      const { page, context } = await stage.window(options);
      const css =
        "body{font:18px/1.6 monospace;color:#1b1b1b;background:#fff}@media(prefers-color-scheme:dark){html{color-scheme:dark}body{color:#eee;background:#14181d}}";
      await page.goto(host.page(await snippet(stage, "element", "morning-tide", "council-watch"), { css }));
      await upgraded(page);
      const look = await emailIn(page).evaluate((node) => {
        const [own, around] = [getComputedStyle(node), getComputedStyle(document.body)];
        return { font: own.fontFamily === around.fontFamily, color: own.color === around.color };
      });
      expect(look).toEqual({ font: true, color: true });
      await page.evaluate(axe);
      const found = await page.evaluate(() =>
        (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
      );
      expect(found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html}`))).toEqual([]);
      await context.close();
    });
  });

  test("at 400 % zoom nothing is cut off", async () => {
    const { page, context } = await stage.window({ viewport: { width: 320, height: 256 } });
    await page.goto(host.page(await snippet(stage, "element", "morning-tide", "council-watch")));
    await upgraded(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
    await context.close();
  });

  test("its looks are the page's to change, by custom properties and parts", async () => {
    const { page, context } = await stage.window();
    const css = "tidings-signup{--tidings-accent:rgb(10,107,79)}tidings-signup::part(button){text-transform:uppercase}";
    await page.goto(host.page(await snippet(stage, "element", "morning-tide"), { css }));
    await upgraded(page);
    const button = page.getByRole("button", { name: "Subscribe" });
    const look = await button.evaluate((node) => {
      const { backgroundColor, textTransform } = getComputedStyle(node);
      return { backgroundColor, textTransform };
    });
    expect(look).toEqual({ backgroundColor: "rgb(10, 107, 79)", textTransform: "uppercase" });
    await context.close();
  });

  test("where it stands and what led there is kept, without queries", async () => {
    const { page, context } = await stage.window();
    const html = (await snippet(stage, "element", "morning-tide")).replace('position=""', 'position="article-end"');
    const url = host.page(html);
    await page.goto(`${url}?utm_source=social&utm_campaign=spring&secret=1#part`);
    await upgraded(page);
    await emailIn(page).fill("lea@harbour.example");
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.getByText(thanks).waitFor();
    const [row] = await stage.ctx.store.db
      .selectFrom("subscriptions as s")
      .innerJoin("subscribers as p", "p.id", "s.subscriber")
      .select("s.source")
      .where("p.email", "=", "lea@harbour.example")
      .execute();
    expect(JSON.parse(row?.source ?? "{}")).toEqual({
      ...{ form: "element", page: url, position: "article-end" },
      ...{ utm_source: "social", utm_campaign: "spring" },
    });
    await context.close();
  });

  test("the frame grows to what is in it, and signs up inside", async () => {
    const { page, context } = await stage.window({ viewport: { width: 390, height: 844 } });
    const said = watch(page);
    const url = host.page(await snippet(stage, "frame", "morning-tide"));
    await page.goto(url);
    const frame = page.frameLocator("iframe");
    await emailIn(frame).waitFor();
    const height = () => page.locator("iframe").evaluate((node) => node.getBoundingClientRect().height);
    const inside = () => frame.locator("body").evaluate((node) => Math.ceil(node.getBoundingClientRect().height));
    await expect.poll(height).toBe(await inside());
    await emailIn(frame).fill("mia@harbour");
    await frame.getByRole("button", { name: "Subscribe" }).click();
    await frame.getByText("not a complete domain").waitFor();
    await expect.poll(() => emailIn(frame).evaluate((node) => node === document.activeElement)).toBe(true);
    await expect.poll(height).toBe(await inside());
    await emailIn(frame).fill("mia@harbour.example");
    await frame.getByRole("button", { name: "Subscribe" }).click();
    await frame.getByText(thanks).waitFor();
    expect(page.url()).toBe(url);
    await expect.poll(height).toBe(await inside());
    expect(await mailedLinks(stage, "mia@harbour.example", "confirm")).not.toEqual([]);
    // Chromium tells of the refused form, and that it leaves `autofocus` to our script.
    expect(said.filter((line) => !/422|autofocus/.test(line))).toEqual([]);
    await context.close();
  });

  test("with a strict policy on the page the frame has its looks and follows its height", async () => {
    const own = new URL(stage.url).origin;
    const policy = `default-src 'none'; style-src 'self'; script-src ${own}; frame-src ${own}`;
    const { page, context } = await stage.window({ viewport: { width: 390, height: 844 } });
    const said = watch(page);
    const headers = { "content-security-policy": policy };
    await page.goto(host.page(await snippet(stage, "frame", "morning-tide"), { headers }));
    const frame = page.locator("iframe");
    await expect.poll(() => frame.evaluate((node) => (node as HTMLIFrameElement).style.height)).not.toBe("");
    const { border, wide } = await frame.evaluate((node) => ({
      border: getComputedStyle(node).borderTopWidth,
      wide: node.getBoundingClientRect().width === node.parentElement?.getBoundingClientRect().width,
    }));
    expect({ border, wide }).toEqual({ border: "0px", wide: true });
    expect(said).toEqual([]);
    await context.close();
  });

  test("the privacy page opens beside the page, not in the frame", async () => {
    const { page, context } = await stage.window();
    await context.route("https://harbourpost.example/**", (route) => route.fulfill({ body: "Our privacy page" }));
    await page.goto(host.page(await snippet(stage, "frame", "morning-tide")));
    const frame = page.frameLocator("iframe");
    const opened = context.waitForEvent("page");
    await frame.getByRole("link", { name: "our privacy page" }).click();
    expect((await opened).url()).toBe("https://harbourpost.example/privacy");
    expect(await emailIn(frame).count()).toBe(1);
    await context.close();
  });

  test("without script the framed form works in the height that it was given", async () => {
    const { page, context } = await stage.window({ javaScriptEnabled: false });
    await page.goto(host.page(await snippet(stage, "frame", "morning-tide")));
    const frame = page.frameLocator("iframe");
    await emailIn(frame).fill("ned@harbour.example");
    await frame.getByRole("button", { name: "Subscribe" }).click();
    await frame.getByText(thanks).waitFor();
    await context.close();
  });

  test("a page that is not the server's own cannot change the height of a frame", async () => {
    const { page, context } = await stage.window();
    await page.goto(host.page(await snippet(stage, "frame", "morning-tide")));
    await emailIn(page.frameLocator("iframe")).waitFor();
    const height = () => page.locator("iframe").evaluate((node) => (node as HTMLIFrameElement).style.height);
    await expect.poll(height).not.toBe("");
    const before = await height();
    await page.evaluate(() => window.postMessage({ tidings: "height", height: 77 }, "*"));
    await page.evaluate(() => new Promise((done) => setTimeout(done, 50)));
    expect(await height()).toBe(before);
    await context.close();
  });
});
