import { expect, test } from "vitest";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { openSite, post } from "./site.ts";

const ancestors = (answer: Response) =>
  /frame-ancestors ([^;]+)/.exec(answer.headers.get("content-security-policy") ?? "")?.[1];

test("any site may frame a newsletter's form, unless the newsletter names the sites that may (SEC-13)", async () => {
  const site = await openSite();
  expect(ancestors(await site.app.request("/embed/morning-tide"))).toBe("*");
  const origins = ["https://news.example", "https://m.news.example"];
  await editNewsletter(site.ctx, { slug: "morning-tide", changes: { origins } });
  for (const path of ["/embed/morning-tide", "/embed/morning-tide/thanks"]) {
    expect(ancestors(await site.app.request(path)), path).toBe("'self' https://news.example https://m.news.example");
  }
  const fault = await post(site, "/subscribe", { email: "ana", newsletter: "morning-tide", frame: "morning-tide" });
  expect(ancestors(fault)).toBe("'self' https://news.example https://m.news.example");
});

test("no other page may be framed", async () => {
  const site = await openSite();
  for (const path of ["/", "/n/morning-tide", "/thanks", "/thanks?n=morning-tide", "/confirmed", "/embed/nothing"]) {
    expect(ancestors(await site.app.request(path)), path).toBe("'none'");
  }
});

test("a framed form stays in its frame: its thanks and its faults are framed pages too", async () => {
  const site = await openSite();
  const fields = { newsletter: "morning-tide", frame: "morning-tide", form: "side", position: "right", lang: "en" };
  const taken = await post(site, "/subscribe", { ...fields, email: "ana@harbour.example" });
  expect([taken.status, taken.headers.get("location")]).toEqual([303, "/embed/morning-tide/thanks"]);
  const refused = await post(site, "/subscribe", { ...fields, email: "ana@harbour" });
  const html = await refused.text();
  expect(refused.status).toBe(422);
  expect(html).toContain("data-framed");
  expect(html).toContain('value="ana@harbour"');
  expect(html).toContain('<input type="hidden" name="form" value="side">');
  expect(html).toContain('<input type="hidden" name="position" value="right">');
});

test("only a frame of a newsletter that was chosen is led back to", async () => {
  const site = await openSite();
  const fields = { email: "ana@harbour.example", newsletter: "morning-tide" };
  for (const frame of ["council-watch", "nothing", "//evil.example", "../admin"]) {
    const answer = await post(site, "/subscribe", { ...fields, frame });
    expect(answer.headers.get("location"), frame).toBe("/thanks?n=morning-tide");
  }
});

test.each([
  ["paused", "The Morning Tide is taking a break"],
  ["closed", "The Morning Tide is no longer published"],
] as const)("the frame of a %s newsletter says so and leads out to the others", async (status, words) => {
  const site = await openSite();
  await editNewsletter(site.ctx, { slug: "morning-tide", changes: { status } });
  const html = await (await site.app.request("/embed/morning-tide")).text();
  expect(html).toContain(words);
  expect(html).toContain('<a href="/" target="_top">');
  expect(html).not.toContain("<form");
});

test("the frame of a hidden newsletter is not there", async () => {
  const site = await openSite();
  await editNewsletter(site.ctx, { slug: "morning-tide", changes: { status: "hidden" } });
  for (const path of ["/embed/morning-tide", "/embed/morning-tide/thanks"]) {
    expect((await site.app.request(path)).status, path).toBe(404);
  }
});

test("what the page around says of itself is passed on: its campaign by the query, its address by the referrer", async () => {
  const site = await openSite();
  const headers = { referer: "https://news.example/story?secret=1" };
  const html = await (
    await site.app.request("/embed/morning-tide?form=foot&position=end&utm_source=%22%3E%3Csvg%3E", { headers })
  ).text();
  const hidden = [...html.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map((match) => match.slice(1, 3));
  expect(Object.fromEntries(hidden)).toMatchObject({
    form: "foot",
    position: "end",
    page: "https://news.example/story?secret=1",
    utm_source: "&#34;&gt;&lt;svg&gt;",
  });
});
