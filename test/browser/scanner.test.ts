import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { everyMail, linksOf } from "../journeys/every-mail.ts";
import { dump } from "../world/dump.ts";
import { openWorld, type World } from "../world.ts";
import { executable } from "./browser.ts";

interface Scanned {
  readonly world: World;
  close(): Promise<void>;
}

/** An installation whose public address is a real socket, so that a browser can follow what its mails say. */
async function openServed(): Promise<Scanned> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const world = await openWorld({ environment: { TIDINGS_PUBLIC_URL: `http://127.0.0.1:${port}` } });
  server.on("request", getRequestListener(world.app.fetch, { overrideGlobalObjects: false }));
  return {
    world,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      world.close();
    },
  };
}

describe.skipIf(executable === null)("a scanner with a browser of its own", { timeout: 180_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executable ?? "", args: ["--no-sandbox", "--disable-gpu"] });
  });
  afterAll(() => browser?.close());

  test.each([true, false])(
    "opens every link of every mail and changes nothing; scripts may run: %s (RIG-4)",
    async (scripts) => {
      const { world, close } = await openServed();
      const links = linksOf(world, await everyMail(world));
      expect(links.length).toBeGreaterThan(10);
      const before = await dump(world);
      const context = await browser.newContext({ javaScriptEnabled: scripts });
      // No other host is asked for anything.
      await context.route(
        (url) => !url.href.startsWith(world.config.publicUrl),
        (route) => route.abort(),
      );
      const page = await context.newPage();
      const sent: string[] = [];
      page.on("request", (request) => {
        if (request.method() !== "GET") sent.push(`${request.method()} ${request.url()}`);
      });
      for (const link of links) {
        const answer = await page.goto(link, { waitUntil: "load" });
        expect(answer?.status(), link).toBeLessThan(500);
        // As far as a careless robot goes: everything is scrolled past and pointed at, and no button pressed.
        await page.mouse.wheel(0, 10_000);
        for (const place of await page.locator("a, button, input:not([type=hidden])").all())
          await place.dispatchEvent("mouseover");
        await page.waitForLoadState("networkidle");
      }
      await context.close();
      expect(sent).toEqual([]);
      expect(await dump(world)).toBe(before);
      await close();
    },
  );
});
