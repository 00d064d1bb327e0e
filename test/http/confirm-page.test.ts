import { expect, test } from "vitest";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { openSite, signUp, statuses, subscribeFully } from "./site.ts";

const day = 24 * 3_600_000;

test("the link asks for one press: newsletters, masked address, one form, nothing written", async () => {
  const site = await openSite();
  const token = await signUp(site, "ana@harbour.example", "morning-tide", "council-watch");
  const before = await site.dump();
  const answer = await site.app.request(`/confirm/${token}`);
  const html = await answer.text();
  expect(answer.status).toBe(200);
  expect(html).toContain("<li>The Morning Tide</li>");
  expect(html).toContain("<li>Council Watch</li>");
  expect(html).toContain("a•••@harbour.example");
  expect(html).not.toContain("ana@harbour.example");
  expect(html.match(/<form/g)).toHaveLength(1);
  expect(html).not.toContain("<script");
  expect(await site.dump()).toBe(before);
});

test("the press subscribes and leads to an address without the token", async () => {
  const site = await openSite();
  const token = await signUp(site, "ana@harbour.example", "morning-tide", "council-watch");
  const answer = await site.app.request(`/confirm/${token}`, { method: "POST" });
  expect(answer.status).toBe(303);
  expect(answer.headers.get("location")).toBe("/confirmed?n=morning-tide&n=council-watch");
  expect(await statuses(site, "ana@harbour.example")).toEqual({ "morning-tide": "active", "council-watch": "active" });
  const html = await (await site.app.request("/confirmed?n=morning-tide&n=council-watch")).text();
  expect(html).toContain("The next one leaves at six.");
  expect(html).toContain(" and <strong");
  expect(html).toContain('href="/n/hafenbrief"');
});

test("a second press, and a visit after it, are a friendly success", async () => {
  const site = await openSite();
  const { confirm } = await subscribeFully(site, "ana@harbour.example", "morning-tide");
  const before = await site.dump();
  site.now += 30 * day;
  const again = await site.app.request(`/confirm/${confirm}`, { method: "POST" });
  expect([again.status, again.headers.get("location")]).toEqual([303, "/confirmed?n=morning-tide"]);
  const visit = await site.app.request(`/confirm/${confirm}`);
  expect(visit.status).toBe(200);
  expect(await visit.text()).toContain("You are subscribed to");
  expect(await site.dump()).toBe(before);
});

test("what /confirmed is asked to name must exist", async () => {
  const site = await openSite();
  const html = await (await site.app.request("/confirmed?n=%3Cscript%3E&n=nothing")).text();
  expect(html).toContain("Your subscription is confirmed.");
  expect(html).not.toContain("<script");
});

test("a link that a mail client mangled still works", async () => {
  const site = await openSite();
  const token = await signUp(site, "ana@harbour.example", "morning-tide");
  const mangled = [
    `${token}.`,
    `${token})`,
    `${token}%3E`,
    `${token}/`,
    `${token}&amp;utm_source=x`,
    token.toUpperCase(),
    `${token}?fbclid=1`,
  ];
  for (const form of mangled) {
    const answer = await site.app.request(`/confirm/${form}`);
    expect(answer.status, form).toBe(200);
    const action =
      /<form method="post" action="([^"]+)"/.exec(await answer.text())?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect(decodeURIComponent(action), form).toContain(
      `/confirm/${form.startsWith(token) ? token : token.toUpperCase()}`,
    );
  }
  const press = await site.app.request(`/confirm/${token}%3E/`, { method: "POST" });
  expect(press.status).toBe(303);
});

test("the form behind an unknown link names no picture, since none from elsewhere may load there (SEC-12)", async () => {
  const site = await openSite();
  const image = "https://pictures.example/tide.jpg";
  await editNewsletter(site.ctx, { slug: "morning-tide", changes: { image } });
  const answer = await site.app.request("/confirm/forged");
  const html = await answer.text();
  expect(answer.status).toBe(404);
  expect(html).toContain('value="morning-tide"');
  expect(html).not.toContain("<img");
  expect(html).not.toContain("card-picture");
});
