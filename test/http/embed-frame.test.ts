import { expect, test } from "vitest";
import { editInstance } from "../../src/instance/edit.ts";
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
  for (const path of ["/", "/n/morning-tide", "/thanks", "/thanks?n=morning-tide", "/confirmed", "/nothing"]) {
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

test("the frame of a hidden newsletter says that there is none, as that of one that never was", async () => {
  const site = await openSite();
  const origins = ["https://news.example"];
  await editNewsletter(site.ctx, { slug: "morning-tide", changes: { status: "hidden", origins } });
  const told: string[] = [];
  for (const path of [
    "/embed/morning-tide",
    "/embed/morning-tide/thanks",
    "/embed/nothing",
    "/embed/nothing?lang=xx",
  ]) {
    const answer = await site.app.request(path);
    expect([answer.status, ancestors(answer)], path).toEqual([404, "*"]);
    told.push(await answer.text());
  }
  expect(new Set(told).size).toBe(1);
  expect(told[0]).toContain("This form is not here any more.");
  expect(told[0]).toContain('<a href="/" target="_top">');
  expect(told[0]).not.toContain("<form");
  expect(await (await site.app.request("/embed/nothing?lang=uk")).text()).toContain("Цієї форми тут більше немає.");
});

test("a form that stands in a frame while its newsletter is hidden, or in a frame of somebody's own, is answered there", async () => {
  const site = await openSite();
  await editNewsletter(site.ctx, { slug: "morning-tide", changes: { status: "hidden" } });
  const send = async (fields: Record<string, string>) => {
    const headers = { "sec-fetch-dest": "iframe" };
    const answer = await site.app.request("/subscribe", { method: "POST", headers, body: new URLSearchParams(fields) });
    expect([answer.status, ancestors(answer)]).toEqual([422, "*"]);
    return answer.text();
  };
  const email = "ana@harbour.example";
  const gone = await send({ newsletter: "morning-tide", frame: "morning-tide", email });
  expect(gone).toContain("This form is not here any more.");
  expect(gone).toBe(await send({ newsletter: "nothing", frame: "nothing", email }));
  expect(await send({ newsletter: "council-watch", email: "ana" })).toContain("An email address has an @");
});

test("a network over its limit is told inside the frame, with what was filled in", async () => {
  const site = await openSite();
  const origins = ["https://news.example"];
  await editNewsletter(site.ctx, { slug: "morning-tide", changes: { origins } });
  await editInstance(site.ctx, { signupLimits: { network: 1 } });
  const fields = { newsletter: "morning-tide", frame: "morning-tide", form: "side", position: "right", lang: "uk" };
  await post(site, "/subscribe", { ...fields, email: "ana@harbour.example" });
  const refused = await post(site, "/subscribe", { ...fields, email: "bo@harbour.example" });
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(ancestors(refused)).toBe("'self' https://news.example");
  const html = await refused.text();
  expect(html).toContain("data-framed");
  expect(html).toContain("і надішліть форму ще раз.");
  expect(html).toContain('value="bo@harbour.example"');
  expect(html).toContain('<input type="hidden" name="position" value="right">');
  expect(ancestors(await post(site, "/subscribe", { email: "bo@harbour.example", newsletter: "morning-tide" }))).toBe(
    "'none'",
  );
});

test("who is turned away before the form is read is told so inside a frame, and as a page elsewhere", async () => {
  const site = await openSite();
  const env = { incoming: { socket: { remoteAddress: "203.0.113.9" } }, admit: async () => false };
  const turned = (headers: Record<string, string>) =>
    site.app.request("/subscribe", { method: "POST", headers, body: new URLSearchParams({ email: "a" }) }, env);
  const framed = await turned({ "sec-fetch-dest": "iframe" });
  expect([framed.status, framed.headers.get("retry-after"), ancestors(framed)]).toEqual([429, "60", "*"]);
  expect(await framed.text()).toContain("Please wait a minute");
  expect(ancestors(await turned({ "sec-fetch-dest": "document" }))).toBe("'none'");
});

test("what a frame links to opens outside of it, and its form stays inside", async () => {
  const site = await openSite();
  const html = await (await site.app.request("/embed/morning-tide")).text();
  expect(html).toContain('<base target="_blank">');
  expect(html).toContain('<a href="https://harbourpost.example/privacy">');
  expect(html).toMatch(/<form [^>]*target="_self"/);
});

test("a framed form is kept with the consent that it has shown, whatever has changed meanwhile (LAW-01)", async () => {
  const site = await openSite();
  const html = await (await site.app.request("/embed/morning-tide?lang=uk")).text();
  const wording = /name="wording" value="([^"]+)"/.exec(html)?.[1] ?? "";
  await editInstance(site.ctx, { operator: "The New Harbour Post" });
  site.now += 2_000;
  const fields = { newsletter: "morning-tide", frame: "morning-tide", lang: "uk", wording };
  await post(site, "/subscribe", { ...fields, email: "ana@harbour.example" });
  const kept = await site.ctx.store.db.selectFrom("wordings").select("text").execute();
  expect(kept).toEqual([{ text: expect.stringMatching(/погоджуєтеся.*Harbour Post Publishing/) }]);
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
