import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { executable, mailedLinks, openStage, publish, screens } from "./browser.ts";

const ways = [
  { ...screens[0], name: "phone, without JavaScript", javaScriptEnabled: false },
  { ...screens[3], name: "desktop, with JavaScript", javaScriptEnabled: true },
];

describe.skipIf(executable === null)("from the outbox through every link", { timeout: 60_000 }, () => {
  const stage = openStage();

  test.each(ways)("a reader confirms, reads, and leaves: $name", async ({ name, ...options }) => {
    const email = `${name.replace(/\W+/g, "-")}@harbour.example`;
    const { page, context } = await stage.window(options);
    await signUpBy(page, email);
    await mailedLinks(stage, email, "confirm");

    const asked = await follow(page, email, "/confirm/");
    await asked.getByText(/^.•••@harbour\.example$/).waitFor();
    await asked.getByRole("button", { name: "Yes, subscribe me" }).click();
    await asked.waitForURL("**/confirmed?n=morning-tide&n=council-watch");
    expect(await asked.getByRole("heading", { level: 1 }).textContent()).toBe("Welcome aboard");

    await publish(stage, name.replace(/\W+/g, "-").toLowerCase());
    await mailedLinks(stage, email, "u");
    const copy = await follow(page, email, "/n/morning-tide/");
    expect(await copy.getByRole("heading", { level: 1 }).textContent()).toBe("The last ferry, and who pays for it");

    const preferences = await follow(page, email, "/p/");
    await preferences.getByRole("button", { name: "Leave Council Watch" }).click();
    await preferences.getByText("You have left Council Watch.").waitFor();

    const leaving = await follow(page, email, "/u/");
    await leaving.getByRole("button", { name: "Unsubscribe" }).click();
    await leaving.getByRole("heading", { name: "You are unsubscribed" }).waitFor();
    await context.close();
  });

  test("a mail with scripts, forms and refreshes does nothing on its own", async () => {
    const html = `<!doctype html><html><head><meta http-equiv="refresh" content="0;url=/pwned"></head><body>
      <script>top.document.title = "pwned"; fetch("/pwned");</script>
      <img src="/assets/nothing.png" onerror="fetch('/pwned')">
      <form action="/pwned" method="post"><button id="press">Press</button></form><p>Harmless</p></body></html>`;
    const raw = [
      "From: a@harbour.example\r\nTo: b@harbour.example\r\nSubject: Trap\r\nMIME-Version: 1.0",
      'Content-Type: multipart/alternative; boundary="x"\r\n',
      "--x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n",
      `${html.replaceAll("=", "=3D").replaceAll("\n", "\r\n")}\r\n--x--\r\n`,
    ].join("\r\n");
    const [id] = (await stage.ctx.keep?.put("trap", [new TextEncoder().encode(raw)])) ?? [];
    const { page } = await stage.window();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`/outbox/${id}`, { waitUntil: "networkidle" });
    await page.frameLocator("iframe").getByText("Harmless").waitFor();
    await page.frameLocator("iframe").locator("#press").click();
    await page.reload({ waitUntil: "networkidle" });
    expect(asked).toContain(`/outbox/${id}/html`);
    expect(asked).not.toContain("/pwned");
    expect(await page.title()).toContain("Trap");
  });
});

async function signUpBy(page: Page, email: string): Promise<void> {
  await page.goto("/");
  await page.getByRole("checkbox", { name: "The Morning Tide" }).check();
  await page.getByRole("checkbox", { name: "Council Watch" }).check();
  await page.getByLabel("Email address").fill(email);
  await page.getByRole("button", { name: "Subscribe" }).click();
  await page.waitForURL("**/thanks?*");
}

/** Opens the newest mail to a reader in the outbox and clicks its first link that holds `part`. */
async function follow(page: Page, email: string, part: string): Promise<Page> {
  await page.goto("/outbox");
  await page.locator(".mails li", { hasText: email }).first().getByRole("link").click();
  // Until the frame's pictures have come, the mail below them moves, and a press would miss its link.
  await page.waitForURL("**/outbox/*", { waitUntil: "load" });
  await page.waitForLoadState("networkidle");
  const link = page.frameLocator("iframe").locator(`a[href*="${part}"]`).first();
  const opening = page.waitForEvent("popup");
  // By the keyboard: page and frame both scroll, and a mouse may come down where the link has just been.
  await link.press("Enter");
  const popup = await opening;
  await popup.waitForLoadState();
  return popup;
}
