import { describe, expect, test } from "vitest";
import { executable, mailedLinks, openStage, screens } from "./browser.ts";

const ways = screens.flatMap((screen) => [
  { ...screen, name: `${screen.name}, without JavaScript`, javaScriptEnabled: false },
  { ...screen, name: `${screen.name}, with JavaScript`, javaScriptEnabled: true },
]);

describe.skipIf(executable === null)("signing up", { timeout: 60_000 }, () => {
  const stage = openStage();

  describe.each(ways)("$name", ({ name, ...options }) => {
    const mailbox = name.replace(/\W+/g, "-");

    test("the hub keeps what was typed, says what is wrong beside the field, and then signs up", async () => {
      const email = `hub-${mailbox}@harbour.example`;
      const { page, context } = await stage.window(options);
      await page.goto("/");
      await page.getByRole("checkbox", { name: "Council Watch" }).check();
      await page.getByText("Die Woche aus Port Alder.").click({ force: true });
      await page.getByLabel("Email address").fill("ana@harbour");
      await page.getByRole("button", { name: "Subscribe" }).click();

      const field = page.getByLabel("Email address");
      await expect.poll(() => page.title()).toMatch(/^Error: /);
      expect(await field.inputValue()).toBe("ana@harbour");
      expect(await field.evaluate((node) => node === document.activeElement)).toBe(true);
      expect(await page.locator("#email-fault").textContent()).toContain("not a complete domain");
      expect(await page.getByRole("checkbox", { name: "Council Watch" }).isChecked()).toBe(true);
      expect(await page.getByRole("checkbox", { name: "Hafenbrief" }).isChecked()).toBe(true);
      expect(await page.getByRole("checkbox", { name: "The Morning Tide" }).isChecked()).toBe(false);

      await field.fill(email);
      await page.getByRole("button", { name: "Subscribe" }).click();
      await page.waitForURL("**/thanks?*");
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Please check your mail");
      expect(await mailedLinks(stage, email, "confirm")).not.toEqual([]);
      await context.close();
    });
  });

  describe.each(ways.filter((_, at) => at === 0 || at === 7))("$name", ({ name, ...options }) => {
    const mailbox = name.replace(/\W+/g, "-");

    test("without a choice, the hub asks for one and goes to the boxes", async () => {
      const { page, context } = await stage.window(options);
      await page.goto("/");
      await page.getByLabel("Email address").fill("ana@harbour.example");
      await page.getByRole("button", { name: "Subscribe" }).click();
      await page.getByText("Please tick at least one newsletter.").waitFor();
      const first = page.getByRole("checkbox", { name: "The Morning Tide" });
      expect(await first.evaluate((node) => node === document.activeElement)).toBe(true);
      expect(await page.getByLabel("Email address").inputValue()).toBe("ana@harbour.example");
      await context.close();
    });

    test("a newsletter's own page signs up for it", async () => {
      const email = `own-${mailbox}@harbour.example`;
      const { page, context } = await stage.window(options);
      await page.goto("/");
      await page.getByRole("link", { name: "More about The Morning Tide" }).click();
      await page.waitForURL("**/n/morning-tide");
      await page.getByLabel("Email address").fill(email);
      await page.getByLabel("Email address").press("Enter");
      await page.waitForURL("**/thanks?*");
      expect(await mailedLinks(stage, email, "confirm")).not.toEqual([]);
      await context.close();
    });
  });

  test("an empty address is caught by the browser itself", async () => {
    const { page } = await stage.window();
    await page.goto("/n/morning-tide");
    await page.getByRole("button", { name: "Subscribe" }).click();
    expect(await page.locator("input:invalid").count()).toBe(1);
    expect(new URL(page.url()).pathname).toBe("/n/morning-tide");
  });
});
