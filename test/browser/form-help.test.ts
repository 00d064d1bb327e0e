import type { Page } from "playwright-core";
import { afterEach, describe, expect, test } from "vitest";
import { embedSnippets } from "../../src/http/embed-view.ts";
import { editInstance } from "../../src/instance/edit.ts";
import { executable, openStage, type Stage } from "./browser.ts";
import { openHost } from "./host.ts";

async function type(page: Page, email: string): Promise<void> {
  await page.getByRole("textbox", { name: "Email address" }).fill(email);
  await page.keyboard.press("Tab");
}

const hint = (page: Page) => page.getByText("Did you mean");

describe.skipIf(executable === null)("our own forms with script", { timeout: 60_000 }, () => {
  const stage = openStage();

  test("a slip in a well-known name, or an ending that is none, is asked about; one press mends it", async () => {
    const { page, context } = await stage.window();
    await page.goto("/n/morning-tide");
    for (const [typed, meant] of [
      ["ana@gmial.com", "ana@gmail.com"],
      ["ana@gmail.con", "ana@gmail.com"],
      ["ana@gmail.co", "ana@gmail.com"],
      ["Ana.B@hotmial.com", "Ana.B@hotmail.com"],
      ["ana@outlok.com", "ana@outlook.com"],
      ["ana@yaho.co.uk", "ana@yahoo.co.uk"],
      ["ana@iclod.com", "ana@icloud.com"],
      ["ana@ukr.nte", "ana@ukr.net"],
      ["ana@mete.ua", "ana@meta.ua"],
      ["ana@harbour.comm", "ana@harbour.com"],
    ] as const) {
      await type(page, typed);
      await hint(page).getByRole("button", { name: meant, exact: true }).click();
      expect(await page.getByRole("textbox", { name: "Email address" }).inputValue()).toBe(meant);
      expect(await hint(page).count(), typed).toBe(0);
    }
    await context.close();
  });

  test("addresses in good order are left alone, those of the same name under another ending too", async () => {
    const { page, context } = await stage.window();
    await page.goto("/n/morning-tide");
    for (const domain of [
      ...["gmail.com", "gmx.de", "web.at", "harbour.example", "hey.com", "ge.com", "small.com"],
      ...["hotmail.nl", "hotmail.be", "hotmail.se", "outlook.it", "outlook.be", "outlook.pt", "live.nl", "gmx.eu"],
      ...["yahoo.in", "yahoo.at", "yahoo.co.in", "yahoo.gr", "yahoo.pl", "orange.pl", "interia.eu", "onet.eu"],
      ...["protonmail.ch", "posteo.net", "fastmail.fm", "email.cz", "comcast.com", "x.constructor"],
    ]) {
      await type(page, `ana@${domain}`);
      expect(await hint(page).count(), domain).toBe(0);
    }
    await type(page, "ana");
    expect(await hint(page).count()).toBe(0);
    await context.close();
  });

  test("the question is heard, needs no mouse, and stops nobody", async () => {
    const { page, context } = await stage.window();
    await page.goto("/n/morning-tide");
    await type(page, "ana@gmial.com");
    expect(await hint(page).getAttribute("role")).toBe("status");
    await page.keyboard.press("Shift+Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("ana@gmail.com");
    await page.keyboard.press("Enter");
    const field = page.getByRole("textbox", { name: "Email address" });
    expect(await field.evaluate((node) => node === document.activeElement)).toBe(true);
    await field.fill("ana@gmial.com");
    await field.press("Enter");
    await page.waitForURL("**/thanks?n=morning-tide");
    await context.close();
  });

  test("a link may tick boxes on the hub beforehand; otherwise none is ticked", async () => {
    const { page, context } = await stage.window();
    const ticked = () => page.locator("input:checked").evaluateAll((nodes) => nodes.map((node) => node.id));
    await page.goto("/?n=hafenbrief&n=council-watch&n=nothing");
    expect(await ticked()).toEqual(["n-council-watch", "n-hafenbrief"]);
    await page.goto("/");
    expect(await ticked()).toEqual([]);
    await context.close();
  });
});

describe.skipIf(executable === null)("when a calculation is asked for", { timeout: 60_000 }, () => {
  const stage = openStage();
  const host = openHost();
  afterEach(() => editInstance(stage.ctx, { challenge: "auto" }));

  /** How many proofs have been spent so far. */
  const spent = async ({ ctx }: Stage) => (await ctx.store.db.selectFrom("proofs").selectAll().execute()).length;

  test.each(["/", "/n/morning-tide"])("the form of %s makes it unseen", async (path) => {
    await editInstance(stage.ctx, { challenge: "always" });
    const before = await spent(stage);
    const { page, context } = await stage.window();
    await page.goto(path);
    if (path === "/") await page.getByRole("checkbox", { name: "The Morning Tide" }).check();
    await type(page, `proof${path.length}@harbour.example`);
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.waitForURL("**/thanks?n=morning-tide");
    expect(await spent(stage)).toBe(before + 1);
    await context.close();
  });

  test("so does the page where readers ask for their link, and asks about slips", async () => {
    await editInstance(stage.ctx, { challenge: "always" });
    const before = await spent(stage);
    const { page, context } = await stage.window();
    await page.goto("/preferences");
    await type(page, "ana@gmial.com");
    await hint(page).getByRole("button", { name: "ana@gmail.com", exact: true }).click();
    await page.getByRole("button", { name: "Send me my link" }).click();
    await page.waitForURL("**/preferences/sent");
    expect(await spent(stage)).toBe(before + 1);
    await context.close();
  });

  test("the element makes it on another site", async () => {
    await editInstance(stage.ctx, { challenge: "always" });
    const before = await spent(stage);
    const { page, context } = await stage.window();
    await page.goto(host.page((await embedSnippets(stage.ctx, { slugs: ["morning-tide", "council-watch"] })).element));
    await page.waitForFunction(() => document.querySelector("tidings-signup")?.shadowRoot !== null);
    await type(page, "proof-element@harbour.example");
    await page.getByRole("checkbox", { name: "Council Watch" }).check();
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.getByText("Please check your mail").waitFor();
    expect(await spent(stage)).toBe(before + 1);
    await context.close();
  });

  test("where it cannot be made, the form goes through all the same", async () => {
    await editInstance(stage.ctx, { challenge: "always" });
    const before = await spent(stage);
    const { page, context } = await stage.window();
    await page.route("**/subscribe/challenge?*", (route) => route.abort());
    await page.goto("/n/morning-tide");
    await type(page, "proofless@harbour.example");
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.waitForURL("**/thanks?n=morning-tide");
    expect(await spent(stage)).toBe(before);
    await context.close();
  });

  test("where nobody answers, the form waits for seconds and goes through all the same", async () => {
    const { page, context } = await stage.window();
    // Seconds pass as hundredths.
    await page.addInitScript(() => {
      const timeout = AbortSignal.timeout.bind(AbortSignal);
      AbortSignal.timeout = (ms) => timeout(ms / 100);
    });
    await page.route("**/subscribe/challenge?*", () => {});
    await page.goto("/n/morning-tide");
    await type(page, "hanging@harbour.example");
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.waitForURL("**/thanks?n=morning-tide");
    await context.close();
  });
});
