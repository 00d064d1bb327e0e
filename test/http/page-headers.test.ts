import { expect, test } from "vitest";
import { openSite, signUp, subscribeFully } from "./site.ts";

const token = {
  "cache-control": "no-store",
  "x-robots-tag": "noindex",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

test("every answer of a page behind a link keeps its token to itself (DOI-10, SEC-12, SEC-13)", async () => {
  const site = await openSite();
  const pending = await signUp(site, "ana@harbour.example", "morning-tide");
  const links = await subscribeFully(site, "bo@harbour.example", "morning-tide");
  const old = site.ctx.signer.sign("confirm", [4711]);
  for (const [method, path] of [
    ["GET", `/confirm/${pending}`],
    ["POST", `/confirm/${pending}`],
    ["GET", `/confirm/${old}`],
    ["POST", `/confirm/${old}/renew`],
    ["GET", "/confirm/forged"],
    ["GET", `/u/${links.leave("morning-tide")}`],
    ["POST", `/u/${links.leave("morning-tide")}`],
    ["POST", "/u/forged"],
    ["GET", `/p/${links.preferences}`],
    ["POST", `/p/${links.preferences}`],
  ] as const) {
    const answer = await site.app.request(path, { method });
    const label = `${method} ${path}`;
    expect(Object.fromEntries(answer.headers), label).toMatchObject(token);
    const policy = answer.headers.get("content-security-policy") ?? "";
    for (const rule of [
      "default-src 'none'",
      "style-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]) {
      expect(policy.split("; "), label).toContain(rule);
    }
    const html = await answer.text();
    const loaded = [...html.matchAll(/(?:src|<link[^>]*href)="([^"]+)"/g)].map((match) => match[1] ?? "");
    expect(
      loaded.filter((url) => !url.startsWith("/assets/")),
      label,
    ).toEqual([]);
  }
});

test("no page allows a frame around it or another base, and all are nosniff", async () => {
  const site = await openSite();
  for (const path of ["/", "/n/morning-tide", "/thanks", "/confirmed", "/nothing"]) {
    const answer = await site.app.request(path);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy, path).toMatch(/^default-src 'none'; .*style-src 'self'; img-src 'self' https: http:; /);
    expect(policy, path).toContain("frame-ancestors 'none'");
    expect(policy, path).toContain("base-uri 'none'");
    expect(answer.headers.get("x-content-type-options"), path).toBe("nosniff");
  }
});

test("open pages with a sign-up form allow our own script, which they name; all others allow none", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "bo@harbour.example", "morning-tide");
  const closed = ["/thanks", "/confirmed", "/nothing", "/confirm/forged", `/p/${links.preferences}`];
  for (const path of ["/", "/n/morning-tide", "/embed/morning-tide"]) {
    const answer = await site.app.request(path);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy.split("; "), path).toEqual(expect.arrayContaining(["script-src 'self'", "connect-src 'self'"]));
    expect((await answer.text()).match(/<script\b[^>]*>/g), path).toEqual([
      expect.stringMatching(/^<script src="\/embed\.js\?v=[0-9a-f]+" async>$/),
    ]);
  }
  for (const path of closed) {
    const answer = await site.app.request(path);
    expect(answer.headers.get("content-security-policy"), path).not.toContain("script-src");
    expect(await answer.text(), path).not.toContain("<script");
  }
});

test("on https no picture comes in the clear", async () => {
  const site = await openSite({
    TIDINGS_PUBLIC_URL: "https://news.harbourpost.example",
    TIDINGS_OUTBOX_TOKEN: "kept-for-reading-only",
  });
  const answer = await site.app.request("/");
  expect(answer.headers.get("content-security-policy")).toContain("img-src 'self' https:;");
});
