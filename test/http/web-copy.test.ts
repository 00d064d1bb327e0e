import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "parse5";
import { expect, test } from "vitest";
import { saveDraft } from "../../src/issue/save.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { formsOf } from "../world/forms.ts";
import { attributes, elements } from "./html.ts";
import { openSite, post, type Site, statuses, subscribeFully } from "./site.ts";

const source = `---
newsletter: morning-tide
subject: The last ferry, and who pays for it
preheader: Two million a year, or a smaller boat
slug: last-ferry
date: 2026-11-22
---

Good morning, {{ subscriber.name | default: "reader" }}.

## What was decided

![The ferry in fog](https://pictures.example/ferry.jpg)

| Year | Cost |
| ---- | ---: |
| 2026 | 2 m  |

<script>alert(1)</script> and [the minutes](https://town.example/minutes).
`;

async function publish(site: Site, file = source): Promise<void> {
  await saveDraft(site.ctx, { source: file });
  const asOf = site.now;
  await sendIssue(site.ctx, { newsletter: "morning-tide", slug: "last-ferry", expect: 1, asOf });
  await site.pay();
}

test("a published issue can be read by everyone, without any trace of a reader (FMT-28)", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide");
  await publish(site);
  const answer = await site.app.request("/n/morning-tide/last-ferry");
  expect(answer.status).toBe(200);
  const html = await answer.text();
  expect(html).toContain("<h1>The last ferry, and who pays for it</h1>");
  expect(html).toContain("Good morning, reader.");
  expect(html).toContain("22 November 2026");
  expect(html).toContain('<link rel="canonical" href="http://127.0.0.1:8787/n/morning-tide/last-ferry">');
  for (const trace of ["ana@", links.preferences, links.leave("morning-tide"), "/u/", "/p/"])
    expect(html).not.toContain(trace);
});

test("no script of an issue runs: text stays text, and the policy knows no script (SEC-02)", async () => {
  const site = await openSite();
  await subscribeFully(site, "ana@harbour.example", "morning-tide");
  await publish(site);
  const answer = await site.app.request("/n/morning-tide/last-ferry");
  const all = elements(parse(await answer.text()));
  expect(all.filter((element) => element.tagName === "script")).toEqual([]);
  expect(all.filter((element) => "style" in attributes(element))).toEqual([]);
  const policy = answer.headers.get("content-security-policy") ?? "";
  expect(policy).toMatch(/^default-src 'none'/);
  expect(policy).not.toMatch(/script-src|unsafe/);
});

test("it is listed on its newsletter's page, and offered after confirming", async () => {
  const site = await openSite();
  await subscribeFully(site, "ana@harbour.example", "morning-tide");
  await publish(site);
  for (const path of ["/n/morning-tide", "/confirmed?n=morning-tide"]) {
    const html = await (await site.app.request(path)).text();
    expect(html, path).toContain(
      '<a href="/n/morning-tide/last-ferry" lang="en">The last ferry, and who pays for it</a>',
    );
  }
});

test("a draft is not there, except behind its preview key, marked as a preview and kept from search engines", async () => {
  const site = await openSite();
  const { issue } = await saveDraft(site.ctx, { source });
  expect((await site.app.request("/n/morning-tide/last-ferry")).status).toBe(404);
  expect(await (await site.app.request("/n/morning-tide")).text()).not.toContain("last-ferry");
  const key = site.ctx.signer.sign("archive", [issue.id]);
  const answer = await site.app.request(`/n/morning-tide/last-ferry?preview=${key}`);
  const html = await answer.text();
  expect(answer.status).toBe(200);
  expect(html).toContain("This is a preview.");
  expect(html).toContain('<meta name="robots" content="noindex">');
  expect(answer.headers.get("cache-control")).toBe("no-store");
});

test.each(["forged", "", "abcdefghijklmnop"])("the preview key %j opens nothing", async (key) => {
  const site = await openSite();
  await saveDraft(site.ctx, { source });
  expect((await site.app.request(`/n/morning-tide/last-ferry?preview=${key}`)).status).toBe(404);
});

test("an issue is not found under another newsletter", async () => {
  const site = await openSite();
  await subscribeFully(site, "ana@harbour.example", "morning-tide");
  await publish(site);
  expect((await site.app.request("/n/council-watch/last-ferry")).status).toBe(404);
});

test.each([
  ["its subject, where the text begins without one", source, "The last ferry, and who pays for it"],
  ["its own, where it has one", source.replace("Good morning,", "# The boat stays\n\nGood morning,"), "The boat stays"],
])("the page of an issue has one headline: %s", async (_, file, headline) => {
  const site = await openSite();
  await subscribeFully(site, "ana@harbour.example", "morning-tide");
  await publish(site, file);
  const page = await (await site.app.request("/n/morning-tide/last-ferry")).text();
  const headlines = [...page.matchAll(/<h1[^>]*>([^<]*)<\/h1>/g)].map(([, text]) => text);
  expect(headlines).toEqual([headline]);
});

test("a shared link shows the headline, the preheader and the first picture of the issue", async () => {
  const site = await openSite();
  await subscribeFully(site, "ana@harbour.example", "morning-tide");
  await publish(site);
  const page = await (await site.app.request("/n/morning-tide/last-ferry")).text();
  const cards = Object.fromEntries(
    [...page.matchAll(/<meta (?:property|name)="([^"]+)" content="([^"]*)">/g)].map(([, name = "", text]) => [
      name,
      text,
    ]),
  );
  expect(cards).toMatchObject({
    description: "Two million a year, or a smaller boat",
    "og:type": "article",
    "og:url": "http://127.0.0.1:8787/n/morning-tide/last-ferry",
    "og:title": "The last ferry, and who pays for it",
    "og:description": "Two million a year, or a smaller boat",
    "og:image": "https://pictures.example/ferry.jpg",
    "twitter:card": "summary_large_image",
    "article:published_time": new Date(site.now).toISOString(),
  });
});

test("an issue that only those who have its link can read has the same card, and is kept from search engines", async () => {
  const site = await openSite();
  await editNewsletter(site.ctx, { slug: "morning-tide", changes: { archive: "link" } });
  await subscribeFully(site, "ana@harbour.example", "morning-tide");
  await publish(site);
  const page = await (await site.app.request("/n/morning-tide/last-ferry")).text();
  expect(page).toContain('<meta property="og:url" content="http://127.0.0.1:8787/n/morning-tide/last-ferry">');
  expect(page).toContain('<meta property="og:image" content="https://pictures.example/ferry.jpg">');
  expect(page).toContain(`<meta property="article:published_time" content="${new Date(site.now).toISOString()}">`);
  expect(page).toContain('<meta name="robots" content="noindex">');
  expect(page).not.toContain('rel="canonical"');
});

test("the room of our own pictures is kept until they come, in the sizes that their files tell", async () => {
  const site = await openSite();
  const folder = join(site.ctx.config.templates, "assets");
  mkdirSync(folder, { recursive: true });
  // The head of a GIF of 640 × 360.
  writeFileSync(join(folder, "ferry.gif"), Uint8Array.from([...new TextEncoder().encode("GIF89a"), 128, 2, 104, 1]));
  await subscribeFully(site, "ana@harbour.example", "morning-tide");
  const own =
    "![A](/assets/ferry.gif?v=2)\n\n![B]({{ site_url }}/assets/ferry.gif){width=320}\n\n![C](/assets/none.gif)";
  await publish(site, source.replace("![The ferry in fog]", `${own}\n\n![The ferry in fog]`));
  const pictures = (await (await site.app.request("/n/morning-tide/last-ferry")).text()).match(/<img[^>]*>/g) ?? [];
  expect(pictures.map((img) => img.replace(/^.*? alt=/, ""))).toEqual([
    '"A" width="640" height="360">',
    '"B" width="320" height="180" loading="lazy">',
    '"C" loading="lazy">',
    '"The ferry in fog" loading="lazy">',
  ]);
});

test("without a preheader and a picture the card takes those of the newsletter", async () => {
  const site = await openSite();
  await subscribeFully(site, "ana@harbour.example", "morning-tide");
  await publish(site, source.replace(/preheader.*\n/, "").replace(/!\[.*\n/, ""));
  const page = await (await site.app.request("/n/morning-tide/last-ferry")).text();
  expect(page).toContain('"og:description" content="The Morning Tide: What the day brings to Port Alder."');
  expect(page).toContain('"og:image" content="http://127.0.0.1:8787/assets/icon.svg"');
});

test("the page of an issue takes sign-ups for its newsletter", async () => {
  const site = await openSite();
  await subscribeFully(site, "ana@harbour.example", "morning-tide");
  await publish(site);
  const page = await (await site.app.request("/n/morning-tide/last-ferry")).text();
  const [form, ...others] = formsOf(page);
  expect([form?.action, form?.method, others]).toEqual(["/subscribe", "post", []]);
  const answer = await post(site, "/subscribe", [...(form?.hidden ?? []), ["email", "cy@harbour.example"]]);
  expect(answer.status).toBe(303);
  expect(await statuses(site, "cy@harbour.example")).toEqual({ "morning-tide": "pending" });
});
