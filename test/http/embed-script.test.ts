import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { openSite } from "./site.ts";

test("the script of all embeds is at most 6 kB, compressed, with its styles inside and nothing beside it", async () => {
  const site = await openSite();
  const text = await (await site.app.request("/embed.js")).text();
  expect(gzipSync(text).length).toBeLessThanOrEqual(6_000);
  expect(text).toContain(".tidings-button{");
  expect(text).not.toContain("{{");
  expect(text).not.toMatch(/\bimport\b|\brequire\(|https?:\/\//);
});

test("it needs nothing that a strict policy forbids: no HTML from strings, no evaluation, no inline handler", async () => {
  const site = await openSite();
  const text = await (await site.app.request("/embed.js")).text();
  expect(text).not.toMatch(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|"on[a-z]+"|"style"\s*:/,
  );
});

test("pages of any site may load it; it is asked for again after minutes, and sent again only when it has changed", async () => {
  const site = await openSite();
  const first = await site.app.request("/embed.js");
  expect(Object.fromEntries(first.headers)).toMatchObject({
    "content-type": "text/javascript; charset=utf-8",
    "cache-control": "public, max-age=300, stale-while-revalidate=86400",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
  });
  const again = await site.app.request("/embed.js", { headers: { "if-none-match": first.headers.get("etag") ?? "" } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
});

test("our own pages name it with its tag, so that browsers keep it for ever", async () => {
  const site = await openSite();
  for (const path of ["/", "/n/morning-tide", "/embed/morning-tide"]) {
    const html = await (await site.app.request(path)).text();
    const src = /<script src="([^"]+)" async><\/script>/.exec(html)?.[1] ?? "";
    expect(src, path).toMatch(/^\/embed\.js\?v=[0-9a-f]{16}$/);
    const answer = await site.app.request(src);
    expect(answer.headers.get("cache-control"), path).toBe("public, max-age=31536000, immutable");
  }
  const old = await site.app.request("/embed.js?v=0123456789abcdef");
  expect(old.headers.get("cache-control")).toContain("max-age=300");
});
