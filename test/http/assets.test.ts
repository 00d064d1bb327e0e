import { expect, test } from "vitest";
import { openSite } from "./site.ts";

test("the style sheet that pages name may be kept for ever", async () => {
  const site = await openSite();
  const html = await (await site.app.request("/")).text();
  const href = /<link rel="stylesheet" href="([^"]+)">/.exec(html)?.[1] ?? "";
  expect(href).toMatch(/^\/assets\/style\.css\?v=[0-9a-f]+$/);
  const answer = await site.app.request(href);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/css; charset=utf-8");
  expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
});

test("under another address an asset is asked for again, and not sent again unless it changed", async () => {
  const site = await openSite();
  for (const path of ["/assets/icon.svg", "/assets/icon.svg?v=old"]) {
    const first = await site.app.request(path);
    expect(first.headers.get("cache-control")).toBe("public, no-cache");
    const headers = { "if-none-match": `"other", W/${first.headers.get("etag")}` };
    const second = await site.app.request(path, { headers });
    expect(second.status).toBe(304);
    expect(await second.text()).toBe("");
  }
  const changed = await site.app.request("/assets/icon.svg", { headers: { "if-none-match": '"other"' } });
  expect(changed.status).toBe(200);
});

test("a picture opened by itself runs no script, and may be shown in web mail", async () => {
  const site = await openSite();
  const { headers } = await site.app.request("/assets/icon.svg");
  expect(headers.get("content-security-policy")).toMatch(/default-src 'none'.*sandbox/);
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("cross-origin-resource-policy")).toBe("cross-origin");
});

test.each([
  "/assets/nothing.css",
  "/assets/",
  "/assets/..%2fpage%2fhub.html.liquid",
  "/assets/../page/hub.html.liquid",
  "/assets/%2e%2e/%2e%2e/package.json",
  "/assets/style.css%00.png",
  "/assets//etc/passwd",
])("%s is not there (SEC-08)", async (path) => {
  const site = await openSite();
  expect((await site.app.request(path)).status).toBe(404);
});
