import { expect, test } from "vitest";
import { openSite, post, statuses } from "./site.ts";

test("a form with several newsletters leads to the thanks and makes pending subscriptions", async () => {
  const site = await openSite();
  const answer = await post(site, "/subscribe", [
    ["email", " Ana@harbour.example "],
    ["newsletter", "morning-tide"],
    ["newsletter", "council-watch"],
    ["form", "hub"],
  ]);
  expect(answer.status).toBe(303);
  expect(answer.headers.get("location")).toBe("/thanks?n=morning-tide&n=council-watch");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await statuses(site, "Ana@harbour.example")).toEqual({
    "morning-tide": "pending",
    "council-watch": "pending",
  });
});

test("a multipart form is taken too", async () => {
  const site = await openSite();
  const body = new FormData();
  body.set("email", "ana@harbour.example");
  body.set("newsletter", "morning-tide");
  const answer = await site.app.request("/subscribe", { method: "POST", body });
  expect(answer.status).toBe(303);
  expect(await statuses(site, "ana@harbour.example")).toEqual({ "morning-tide": "pending" });
});

test("the thanks say that a mail was sent, and name nobody", async () => {
  const site = await openSite();
  const html = await (await site.app.request("/thanks")).text();
  expect(html).toContain("We have sent a mail to the address you gave");
  expect(html).not.toContain("@harbour.example");
});

test("fields that are not asked for change nothing (DOI-29)", async () => {
  const site = await openSite();
  const extra = { status: "active", generation: "9", created_at: "0", source: "import", id: "77", method: "admin" };
  const answer = await post(site, "/subscribe", { email: "ana@harbour.example", newsletter: "morning-tide", ...extra });
  expect(answer.status).toBe(303);
  expect(await statuses(site, "ana@harbour.example")).toEqual({ "morning-tide": "pending" });
  const row = await site.ctx.store.db.selectFrom("subscribers").selectAll().executeTakeFirstOrThrow();
  expect(row).toMatchObject({ id: 1, created_at: site.now, proven_at: null });
});

test("form and page are kept with the request, the page without its query", async () => {
  const site = await openSite();
  const headers = { referer: "http://127.0.0.1:8787/n/morning-tide?utm_source=x#y" };
  const body = new URLSearchParams({
    email: "ana@harbour.example",
    newsletter: "morning-tide",
    form: "n/morning-tide",
  });
  await site.app.request("/subscribe", { method: "POST", headers, body });
  const proof = await site.ctx.store.db.selectFrom("consents").selectAll().executeTakeFirstOrThrow();
  expect(proof).toMatchObject({ event: "asked", form: "n/morning-tide", page: "http://127.0.0.1:8787/n/morning-tide" });
});
