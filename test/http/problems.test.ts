import { expect, test } from "vitest";
import { openSite, postJson } from "./site.ts";

test("a page that is not there is friendly in HTML and plain in JSON", async () => {
  const site = await openSite();
  const page = await site.app.request("/nothing", { headers: { accept: "text/html,application/json;q=0.9" } });
  expect([page.status, page.headers.get("content-type")]).toEqual([404, "text/html; charset=UTF-8"]);
  expect(await page.text()).toContain('href="/"');
  const data = await site.app.request("/nothing", { headers: { accept: "application/json" } });
  expect([data.status, data.headers.get("content-type")]).toEqual([404, "application/json"]);
  expect(await data.json()).toEqual({ error: { code: "not-found", message: expect.any(String) } });
});

test.each([
  ["POST", "/", "GET, HEAD"],
  ["DELETE", "/n/morning-tide", "GET, HEAD"],
  ["PUT", "/u/abc", "GET, HEAD, POST"],
  ["GET", "/confirm/abc/renew", "POST"],
])("%s %s is refused with the methods that work", async (method, path, allowed) => {
  const site = await openSite();
  const answer = await site.app.request(path, { method });
  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")?.split(", ").sort().join(", ")).toBe(allowed);
  expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
});

test("a failure says nothing of its inside to the reader, and everything to the log", async () => {
  const site = await openSite();
  await site.ctx.store.db.schema.alterTable("newsletters").renameTo("lost").execute();
  const answer = await site.app.request("/");
  expect(answer.status).toBe(500);
  const html = await answer.text();
  expect(html).toContain("Something went wrong on our side");
  expect(html).not.toMatch(/no such table|SQLITE|node_modules|at .*\.ts/i);
  expect(site.logged.join("\n")).toContain("no such table: newsletters");
});

test("a failure of the failure page itself is still an answer", async () => {
  const site = await openSite();
  await site.ctx.store.db.schema.alterTable("instance").renameTo("lost").execute();
  const answer = await site.app.request("/");
  expect([answer.status, await answer.text()]).toEqual([500, "Something went wrong on our side"]);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  const json = await postJson(site, "/subscribe", { email: "ana@harbour.example", newsletters: ["morning-tide"] });
  expect(json.status).toBe(500);
  expect(await json.json()).toMatchObject({ error: { code: "internal" } });
});

test("tokens and addresses stay out of the log (I10)", async () => {
  const site = await openSite();
  const token = site.ctx.signer.sign("leave", [1, 1]);
  await site.ctx.store.db.schema.alterTable("subscribers").renameTo("lost").execute();
  const answer = await site.app.request(`/u/${token}`, { method: "POST" });
  expect(answer.status).toBe(500);
  expect(site.logged.join("\n")).toContain("request.failed");
  expect(site.logged.join("\n")).not.toContain(token);
});
