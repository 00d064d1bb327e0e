import { expect, test } from "vitest";
import { openSite, post, signUp, statuses, subscribeFully } from "./site.ts";

test("shows every subscription of this reader and nobody else's", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide");
  await signUp(site, "ana@harbour.example", "hafenbrief");
  await subscribeFully(site, "bo@harbour.example", "council-watch");
  const before = await site.dump();
  const html = await (await site.app.request(`/p/${links.preferences}`)).text();
  expect(html).toContain("a•••@harbour.example");
  expect(html).toMatch(/<h2>The Morning Tide<\/h2>\s*<p class="rhythm">Every weekday at six/);
  expect(html).toMatch(/<h2>Hafenbrief<\/h2>\s*<p class="rhythm" lang="en">Waiting for your confirmation/);
  expect(html).not.toMatch(/<h2>Council Watch/);
  expect(await site.dump()).toBe(before);
});

test("one can be left, the page says so and offers two ways back", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide", "council-watch");
  const answer = await post(site, `/p/${links.preferences}`, { newsletter: "council-watch" });
  expect(answer.status).toBe(200);
  const html = await answer.text();
  expect(html).toContain("You have left Council Watch.");
  expect(html).toMatch(/action="\/u\/[a-z2-7]+\/undo"/);
  expect(html).toMatch(/<input type="checkbox" name="newsletter" value="council-watch">/);
  expect(await statuses(site, "ana@harbour.example")).toEqual({
    "morning-tide": "active",
    "council-watch": "unsubscribed",
  });
});

test("all can be left at once", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide", "council-watch");
  const answer = await post(site, `/p/${links.preferences}`, { newsletter: "all" });
  const html = await answer.text();
  expect(html).toContain("You have left all our newsletters.");
  expect(html).not.toMatch(/name="newsletter" value="all"/);
  expect(new Set(Object.values(await statuses(site, "ana@harbour.example")))).toEqual(new Set(["unsubscribed"]));
});

test.each(["", "nothing", "__proto__"])("leaving %j changes nothing", async (newsletter) => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide");
  const before = await site.dump();
  const answer = await post(site, `/p/${links.preferences}`, { newsletter });
  expect(answer.status).toBe(200);
  expect(await answer.text()).not.toContain("You have left");
  expect(await site.dump()).toBe(before);
});

test("another newsletter's unsubscribe link does not open it", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide");
  for (const token of [links.leave("morning-tide"), links.confirm, "abc"]) {
    expect((await site.app.request(`/p/${token}`)).status).toBe(404);
    expect((await post(site, `/p/${token}`, { newsletter: "all" })).status).toBe(404);
  }
  expect(await statuses(site, "ana@harbour.example")).toEqual({ "morning-tide": "active" });
});
