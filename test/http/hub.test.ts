import { expect, test } from "vitest";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { openSite } from "./site.ts";

async function offered(site: Awaited<ReturnType<typeof openSite>>): Promise<(string | undefined)[]> {
  const html = await (await site.app.request("/")).text();
  return [...html.matchAll(/type="checkbox"[^>]* name="newsletter" value="([^"]+)"/g)].map((match) => match[1]);
}

test("the hub offers every open newsletter in its order, by group, with unticked boxes", async () => {
  const site = await openSite();
  const answer = await site.app.request("/");
  const html = await answer.text();
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/html; charset=UTF-8");
  expect(await offered(site)).toEqual(["morning-tide", "council-watch", "hafenbrief"]);
  expect(html).not.toContain(" checked");
  expect([...html.matchAll(/class="group">([^<]+)</g)].map((match) => match[1])).toEqual(["News", "Leisure"]);
});

test("paused and closed newsletters are not offered", async () => {
  const site = await openSite();
  await editNewsletter(site.ctx, { slug: "council-watch", changes: { status: "paused" } });
  await editNewsletter(site.ctx, { slug: "hafenbrief", changes: { status: "closed" } });
  expect(await offered(site)).toEqual(["morning-tide"]);
});

test("with nothing open, the hub says so and has no form", async () => {
  const site = await openSite();
  for (const slug of ["morning-tide", "council-watch", "hafenbrief"]) {
    await editNewsletter(site.ctx, { slug, changes: { status: "closed" } });
  }
  const html = await (await site.app.request("/")).text();
  expect(html).toContain("No newsletter is open for new readers at the moment");
  expect(html).not.toContain("<form");
});

test("a newsletter in another language than the page says which, and is marked up in it", async () => {
  const site = await openSite();
  const html = await (await site.app.request("/")).text();
  expect(html).toMatch(/<li class="card" lang="de" dir="ltr">/);
  expect(html).toContain("German");
  expect(html).not.toContain("English");
});
