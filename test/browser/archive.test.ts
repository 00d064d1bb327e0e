import { sql } from "kysely";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { executable, joinUp, mailedLinks, openStage, publish } from "./browser.ts";

/** What must never happen asks for this path, on our own or on another host. */
const evil = "https://evil.example/pwned";

const hostile = `<p id="harmless">Harmless</p>
<script>document.title = "pwned"; document.cookie = "a=pwned"; fetch("/pwned");</script>
<script src="${evil}.js"></script>
<img src="/assets/none.png" onerror="document.title = 'pwned'; fetch('/pwned')">
<svg onload="document.title = 'pwned'"></svg>
<iframe srcdoc="<script>top.document.title = 'pwned'</script>" src="${evil}"></iframe>
<object data="${evil}"></object><embed src="${evil}">
<meta http-equiv="refresh" content="0;url=${evil}">
<base href="${evil}">
<style>@import url(${evil}.css); body { background: url(${evil}.png) }</style>
<link rel="stylesheet" href="${evil}.css">
<p style="position:fixed;inset:0;background:url(${evil}.png)">Over everything</p>
<a id="run" href="javascript:document.title='pwned'">Run</a>
<form id="steal" action="${evil}" method="post"><button id="post">Post</button></form>
<details open ontoggle="document.title='pwned'"><summary>More</summary></details>
<audio src="${evil}.ogg" autoplay></audio><video src="${evil}.mp4" autoplay></video>`;

describe.skipIf(executable === null)("an issue in the browser", { timeout: 60_000 }, () => {
  const stage = openStage();

  beforeAll(async () => {
    await joinUp(stage, "ana@harbour.example", "morning-tide");
    await publish(stage, "ferry");
    await publish(stage, "harmless");
    await mailedLinks(stage, "ana@harbour.example", "u");
    // No issue file brings this about; here it is as if everything before the browser had failed.
    const body = JSON.stringify({ web: { title: "Trap", html: hostile, text: "", summary: "", picture: null } });
    const { db } = stage.ctx.store;
    await sql`insert into contents (hash, kind, body, created_at) values ('trap', 'issue', ${body}, 0)`.execute(db);
    await sql`update issues set web = 'trap', corrected_at = 1 where slug = 'harmless'`.execute(db);
  });

  test("runs nothing, leads nowhere by itself and loads nothing but pictures, even if it were full of scripts (SEC-02)", async () => {
    const { page, context } = await stage.window();
    const { hostname } = new URL(stage.url);
    await context.addCookies([{ name: "secret", value: "of-another-service", domain: hostname, path: "/" }]);
    const asked = new Set<string>();
    page.on("request", (request) => asked.add(request.url()));
    page.on("requestfailed", (request) => {
      if (request.failure()?.errorText === "csp") asked.delete(request.url());
    });
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    const answer = await page.goto("/n/morning-tide/harmless", { waitUntil: "networkidle" });
    expect(answer?.headers()["content-security-policy"]).toMatch(/^default-src 'none';.*; sandbox allow-forms /);
    await page.locator("#harmless").waitFor();
    // What the browser says of it shows that it was pressed, and held back.
    await press(page, "#run");
    await expect.poll(() => said.join("\n")).toContain("Running the JavaScript URL violates");
    expect(await page.title()).toMatch(/^Trap /);
    await press(page, "#post");
    await expect.poll(() => said.join("\n")).toContain("Sending form data");
    expect(new URL(page.url()).pathname).toBe("/n/morning-tide/harmless");
    expect(asked).toContain(`${stage.url}/assets/none.png`);
    expect([...asked].filter((url) => url.includes("pwned"))).toEqual([]);
    expect((await context.cookies()).map(({ name }) => name)).toEqual(["secret"]);
    await context.close();
  });

  test("takes a sign-up, and leads to its neighbours and to the archive and back, without a script", async () => {
    const { page, context } = await stage.window({ javaScriptEnabled: false });
    await page.goto("/n/morning-tide/ferry");
    await page.getByRole("link", { name: /^Next issue/ }).click();
    await page.waitForURL("**/n/morning-tide/harmless");
    await page.goBack();
    await page.getByRole("link", { name: "All issues" }).click();
    await page.waitForURL("**/n/morning-tide/archive");
    await page.getByRole("link", { name: "The last ferry, and who pays for it" }).click();
    await page.getByLabel("Email address").fill("cy@harbour.example");
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.waitForURL("**/thanks?n=morning-tide");
    await mailedLinks(stage, "cy@harbour.example", "confirm");
    await context.close();
  });

  test("opens links of its text in the same window", async () => {
    const { page, context } = await stage.window();
    await context.route("https://town.example/**", (route) => route.fulfill({ body: "The minutes" }));
    await page.goto("/n/morning-tide/ferry");
    await page.getByRole("link", { name: "the minutes" }).click();
    await page.waitForURL("https://town.example/minutes");
    await context.close();
  });
});

/** A click by the locator would wait for the page that the policy holds back. */
async function press(page: Page, place: string): Promise<void> {
  await page.locator(place).scrollIntoViewIfNeeded();
  const box = await page.locator(place).boundingBox();
  await page.mouse.click((box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2);
}
