import { expect, test } from "vitest";
import { setText } from "../../src/newsletter/texts.ts";
import { openSite, post, statuses, subscribeFully } from "./site.ts";

test("the page asks before it does, names the newsletter and masks the address", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide", "council-watch");
  const before = await site.dump();
  const html = await (await site.app.request(`/u/${links.leave("morning-tide")}`)).text();
  expect(html).toContain("Leave The Morning Tide?");
  expect(html).toContain("a•••@harbour.example");
  expect(html).not.toContain("ana@harbour.example");
  expect(html).toContain("Leave all newsletters");
  expect(await site.dump()).toBe(before);
});

test("its first button leaves this newsletter, and the page after it offers the rest", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide", "council-watch");
  const answer = await post(site, `/u/${links.leave("morning-tide")}`, { by: "page" });
  expect(answer.status).toBe(200);
  const html = await answer.text();
  expect(html).toContain("gets no further issue of <strong>The Morning Tide</strong>");
  expect(html).toContain("Leave all newsletters");
  expect(await statuses(site, "ana@harbour.example")).toEqual({
    "morning-tide": "unsubscribed",
    "council-watch": "active",
  });
});

test("its second button leaves all of them", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide", "council-watch");
  const answer = await post(site, `/u/${links.leave("morning-tide")}`, { by: "page", all: "1" });
  const html = await answer.text();
  expect(html).toContain("gets no further newsletter from us");
  expect(html).not.toContain("Leave all newsletters");
  expect(new Set(Object.values(await statuses(site, "ana@harbour.example")))).toEqual(new Set(["unsubscribed"]));
});

test("a mail program's one-click never leaves more than one, whatever it sends", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide", "council-watch");
  await post(site, `/u/${links.leave("morning-tide")}`, { "List-Unsubscribe": "One-Click", all: "1" });
  expect(await statuses(site, "ana@harbour.example")).toEqual({
    "morning-tide": "unsubscribed",
    "council-watch": "active",
  });
});

test("after leaving, the link says so and has nothing left to press", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide");
  await post(site, `/u/${links.leave("morning-tide")}`, { by: "page" });
  const html = await (await site.app.request(`/u/${links.leave("morning-tide")}`)).text();
  expect(html).toContain("You have left The Morning Tide");
  expect(html).not.toContain("<form");
});

test("links of test mails explain themselves and change nothing", async () => {
  const site = await openSite();
  const token = site.ctx.signer.sign("leave", [1, 0]);
  const before = await site.dump();
  for (const method of ["GET", "POST"]) {
    const answer = await site.app.request(`/u/${token}`, { method });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("This was a test mail");
  }
  expect(await site.dump()).toBe(before);
});

test("it says so in the newsletter's own words, and in the language that its reader has chosen", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide");
  await setText(site.ctx, "morning-tide", { key: "leave.button", text: "Off you go" });
  const path = `/u/${links.leave("morning-tide")}`;
  expect(await (await site.app.request(path)).text()).toContain(
    '<button class="button" type="submit">Off you go</button>',
  );
  await post(site, `/p/${links.preferences}`, { do: "profile", name: "", language: "uk" });
  expect(await (await site.app.request(path)).text()).toContain('<html lang="uk"');
});
