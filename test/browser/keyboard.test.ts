import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { executable, joinUp, mailedLinks, openStage } from "./browser.ts";

/** The focused element: its words, and whether one can see that it has the focus. */
function focused(page: Page): Promise<{ words: string; visible: boolean }> {
  return page.evaluate(() => {
    const node = document.activeElement as HTMLInputElement;
    const drawn = [node, node.closest(".card")].map((element) =>
      element === null ? "none" : getComputedStyle(element).outlineStyle,
    );
    const words = node.ariaLabel ?? node.labels?.[0]?.textContent ?? node.textContent ?? "";
    return { words: words.trim(), visible: drawn.some((style) => style !== "none") };
  });
}

async function tabTo(page: Page, words: string): Promise<void> {
  for (let step = 0; step < 40; step++) {
    await page.keyboard.press("Tab");
    const here = await focused(page);
    expect(here.visible, here.words).toBe(true);
    if (here.words.startsWith(words)) return;
  }
  throw new Error(`Tab never comes to ${words}`);
}

describe.skipIf(executable === null)("with the keyboard alone", { timeout: 60_000 }, () => {
  const stage = openStage();

  test("the hub is walked through in reading order, with the focus always in sight", async () => {
    const { page } = await stage.window();
    await page.goto("/");
    const stops: string[] = [];
    for (let step = 0; step < 10; step++) {
      await page.keyboard.press("Tab");
      const here = await focused(page);
      expect(here.visible, here.words).toBe(true);
      stops.push(here.words);
    }
    expect(stops).toEqual([
      "The Harbour Post",
      ...["The Morning Tide", "More about The Morning Tide"],
      ...["Council Watch", "More about Council Watch"],
      ...["Hafenbrief", "More about Hafenbrief"],
      ...["Email address *", "our privacy page", "Subscribe"],
    ]);
  });

  test("one can tick, type, send, and mend what was wrong", async () => {
    const { page } = await stage.window();
    await page.goto("/");
    await tabTo(page, "Council Watch");
    await page.keyboard.press("Space");
    await tabTo(page, "Email address");
    await page.keyboard.type("cleo@harbour");
    await page.keyboard.press("Enter");
    await page.locator("#email-fault").waitFor();
    await page.keyboard.press("End");
    await page.keyboard.type(".example");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/thanks?*");
    expect(await mailedLinks(stage, "cleo@harbour.example", "confirm")).not.toEqual([]);
  });

  test("one can confirm", async () => {
    const fields = { email: "dan@harbour.example", newsletter: "morning-tide" };
    await fetch(`${stage.url}/subscribe`, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
    const [link = ""] = await mailedLinks(stage, "dan@harbour.example", "confirm");
    const { page } = await stage.window();
    await page.goto(link);
    await tabTo(page, "Yes, subscribe me");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/confirmed?n=morning-tide");
  });

  test("one can leave one newsletter on the preference page", async () => {
    await joinUp(stage, "eve@harbour.example", "morning-tide", "council-watch");
    const reader = await stage.ctx.store.db
      .selectFrom("subscribers")
      .select("id")
      .where("email", "=", "eve@harbour.example")
      .executeTakeFirstOrThrow();
    const { page } = await stage.window();
    await page.goto(`/p/${stage.ctx.signer.sign("preferences", [reader.id])}`);
    await tabTo(page, "Leave Council Watch");
    await page.keyboard.press("Enter");
    await page.getByText("You have left Council Watch.").waitFor();
  });
});
