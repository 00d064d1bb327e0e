import { expect, test } from "vitest";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { openSite } from "./site.ts";

test("an open newsletter has a page of its own with its texts and a form", async () => {
  const site = await openSite();
  const answer = await site.app.request("/n/morning-tide");
  const html = await answer.text();
  expect(answer.status).toBe(200);
  expect(html).toContain("<h1>The Morning Tide</h1>");
  expect(html).toContain("<p>Five stories.</p>\n<p>One tide table.</p>");
  expect(html).toContain('<input type="hidden" name="newsletter" value="morning-tide">');
  expect(html).toContain('<link rel="canonical" href="http://127.0.0.1:8787/n/morning-tide">');
  expect(html).toContain('width="1280" height="720"');
});

test.each([
  ["paused", "This newsletter is paused"],
  ["closed", "This newsletter has ended"],
] as const)("a %s newsletter says so, takes nobody and offers the others", async (status, words) => {
  const site = await openSite();
  await editNewsletter(site.ctx, { slug: "morning-tide", changes: { status } });
  const html = await (await site.app.request("/n/morning-tide")).text();
  expect(html).toContain(words);
  expect(html).not.toContain("<form");
  expect(html).toContain('href="/n/council-watch"');
  expect(html).toContain('href="/n/hafenbrief"');
});

test("a slash at the end is the same page", async () => {
  const site = await openSite();
  const answer = await site.app.request("/n/morning-tide/");
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('<link rel="canonical" href="http://127.0.0.1:8787/n/morning-tide">');
});

test.each([
  "/n/nothing",
  "/n/Morning-Tide",
  "/n/..%2f..%2fetc%2fpasswd",
  "/n/%00",
  "/n/' or 1=1 --",
  "/n/morning-tide/nothing",
])("%s is a friendly 404", async (path) => {
  const site = await openSite();
  const answer = await site.app.request(path);
  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain("There is nothing here");
});
