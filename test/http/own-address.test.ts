import { expect, test } from "vitest";
import { openSite, post, signUp } from "./site.ts";

const evil = {
  host: "evil.example",
  "x-forwarded-host": "evil.example",
  "x-forwarded-proto": "https",
  "x-forwarded-prefix": "/evil",
  "x-original-url": "/evil",
  forwarded: "host=evil.example;proto=https",
};

test("links and redirects never take anything from the request's host (I9)", async () => {
  const site = await openSite();
  const token = await signUp(site, "ana@harbour.example", "morning-tide");
  for (const path of ["/", "/n/morning-tide", `/confirm/${token}`, "/nothing"]) {
    const answer = await site.app.request(`http://evil.example${path}`, { headers: evil });
    expect(await answer.text(), path).not.toContain("evil");
  }
  const confirmed = await site.app.request(`http://evil.example/confirm/${token}`, { method: "POST", headers: evil });
  expect(confirmed.headers.get("location")).toBe("/confirmed?n=morning-tide");
});

test("under a public address with a path, every link, form and redirect carries that path", async () => {
  const site = await openSite({ TIDINGS_PUBLIC_URL: "http://127.0.0.1:8787/post" });
  const html = await (await site.app.request("/")).text();
  const urls = [...html.matchAll(/(?:href|src|action)="([^"]+)"/g)].map((match) => match[1] ?? "");
  const own = urls.filter((url) => !/^(?:https:\/\/harbourpost|mailto:)/.test(url));
  expect(own.length).toBeGreaterThan(5);
  for (const url of own) expect(url).toMatch(/^(?:http:\/\/127\.0\.0\.1:8787)?\/post\//);
  const answer = await post(site, "/subscribe", { email: "ana@harbour.example", newsletter: "morning-tide" });
  expect(answer.headers.get("location")).toBe("/post/thanks?n=morning-tide");
});

test("the picture on social cards carries the path of the public address too", async () => {
  const site = await openSite({ TIDINGS_PUBLIC_URL: "http://127.0.0.1:8787/post" });
  const html = await (await site.app.request("/n/morning-tide")).text();
  expect(html).toContain('<meta property="og:image" content="http://127.0.0.1:8787/post/assets/icon.svg">');
});
