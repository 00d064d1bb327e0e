import { expect, test } from "vitest";
import { countAudienceAsOf } from "../../src/issue/audience.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { openSite, post, type Site, subscribeFully } from "./site.ts";

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

test("hidden, paused and closed newsletters are not offered", async () => {
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
  expect(html.match(/<span lang="en">[A-Z][a-z]+<\/span>/g)).toEqual(['<span lang="en">German</span>']);
});

test("what a hidden newsletter is called is nowhere to be read", async () => {
  const site = await openSite();
  await editNewsletter(site.ctx, { slug: "council-watch", changes: { status: "hidden" } });
  for (const path of ["/", "/?n=council-watch", "/thanks?n=council-watch", "/thanks?n=hafenbrief", "/n/morning-tide"]) {
    expect(await (await site.app.request(path)).text(), path).not.toContain("Council Watch");
  }
  expect((await site.app.request("/n/council-watch")).status).toBe(404);
  const answer = await post(site, "/subscribe", { email: "ana@harbour.example", newsletter: "council-watch" });
  expect(answer.status).toBe(422);
});

test("another language of the page keeps the boxes and the campaign that its link named", async () => {
  const site = await openSite();
  const html = await (await site.app.request("/?lang=de&n=hafenbrief&n=nothing&utm_source=podcast&x=1")).text();
  expect(html).toContain('href="/?lang=uk&amp;n=hafenbrief&amp;utm_source=podcast" lang="uk"');
});

test("boxes that a link names are ticked, and names that are none change nothing", async () => {
  const site = await openSite();
  const html = await (await site.app.request("/?n=hafenbrief&n=%22%3E%3Cscript%3E&n=nothing")).text();
  expect([...html.matchAll(/value="([^"]+)"[^>]* checked/g)].map((match) => match[1])).toEqual(["hafenbrief"]);
  expect(html).toContain('<link rel="canonical" href="http://127.0.0.1:8787/">');
  expect(html).not.toContain("<script>");
});

test("each newsletter's latest issue can be seen, unless its archive is not public", async () => {
  const site = await openSite();
  await subscribeFully(site, "bo@harbour.example", "morning-tide");
  for (const slug of ["first", "second"]) {
    site.now += 60_000;
    await publish(site, slug);
  }
  const latest = async () =>
    [...(await (await site.app.request("/")).text()).matchAll(/href="(\/n\/[a-z-]+\/[^"]+)"/g)].map(
      (match) => match[1],
    );
  expect(await latest()).toEqual(["/n/morning-tide/second"]);
  for (const archive of ["link", "none"] as const) {
    await editNewsletter(site.ctx, { slug: "morning-tide", changes: { archive } });
    expect(await latest(), archive).toEqual([]);
  }
});

test("a link may choose the page's language; what nobody speaks here is answered in English", async () => {
  const site = await openSite();
  const language = async (query: string) =>
    /<html lang="([^"]+)"/.exec(await (await site.app.request(`/${query}`)).text())?.[1];
  expect(await language("")).toBe("en");
  expect(await language("?lang=uk")).toBe("uk");
  expect(await language("?lang=de-AT")).toBe("de");
  expect(await language("?lang=xx")).toBe("en");
  const html = await (await site.app.request("/?lang=uk")).text();
  expect(html).toContain('<a href="/?lang=de" lang="de" hreflang="de">Deutsch</a>');
  expect(html).toContain('<span aria-current="true">Українська</span>');
  expect(await language(`?lang=${"x".repeat(5_000)}`)).toBe("en");
});

test("a picture in two crops is shown square on phones and wide elsewhere, one picture stands for both", async () => {
  const site = await openSite();
  const changes = { image: "/assets/wide.jpg", imageSquare: "/assets/square.jpg" };
  await editNewsletter(site.ctx, { slug: "council-watch", changes });
  const html = await (await site.app.request("/")).text();
  expect(html.match(/<source [^>]+>/g)).toEqual([
    '<source media="(max-width: 40rem)" srcset="/assets/square.jpg" width="640" height="640">',
  ]);
  expect(html).toContain('<img src="/assets/wide.jpg"');
  expect(html).toContain('<img src="/assets/icon.svg"');
});

async function publish(site: Site, slug: string): Promise<void> {
  const source = `---\nnewsletter: morning-tide\nsubject: The ${slug} tide\nslug: ${slug}\n---\n\nGood morning.\n`;
  await saveDraft(site.ctx, { source });
  const { id } = await site.ctx.store.db
    .selectFrom("newsletters")
    .select("id")
    .where("slug", "=", "morning-tide")
    .executeTakeFirstOrThrow();
  const asOf = site.now;
  const expect = await countAudienceAsOf(site.ctx, id, asOf);
  await sendIssue(site.ctx, { newsletter: "morning-tide", slug, expect, asOf });
}
