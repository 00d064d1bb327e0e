import { expect, test } from "vitest";
import { openSite, signUp, statuses, subscribeFully } from "./site.ts";

const day = 24 * 3_600_000;

test("an expired link says so and offers a new one, on GET and on POST", async () => {
  const site = await openSite();
  const token = await signUp(site, "ana@harbour.example", "morning-tide");
  site.now += 4 * day;
  for (const method of ["GET", "POST"]) {
    const answer = await site.app.request(`/confirm/${token}`, { method });
    expect(answer.status, method).toBe(410);
    const html = await answer.text();
    expect(html).toContain(`action="/confirm/${token}/renew"`);
    expect(html).not.toContain("harbour.example");
  }
  expect(await statuses(site, "ana@harbour.example")).toEqual({ "morning-tide": "pending" });
});

test("the same words whether the reader is pending, has left or is unknown by now", async () => {
  const site = await openSite();
  const pending = await signUp(site, "ana@harbour.example", "morning-tide");
  const left = await subscribeFully(site, "bo@harbour.example", "morning-tide");
  await site.app.request(`/u/${left.leave("morning-tide")}`, { method: "POST" });
  const purged = site.ctx.signer.sign("confirm", [999_999]);
  site.now += 4 * day;
  const bodies = await Promise.all(
    [pending, left.confirm, purged].map(async (token) => {
      const answer = await site.app.request(`/confirm/${token}`);
      return `${answer.status}${(await answer.text()).replaceAll(token, "TOKEN")}`;
    }),
  );
  expect(new Set(bodies).size).toBe(1);
});

test("asking for a new link leads to the thanks, and the new link confirms", async () => {
  const site = await openSite();
  const token = await signUp(site, "ana@harbour.example", "morning-tide");
  await site.pay();
  site.now += 4 * day;
  const answer = await site.app.request(`/confirm/${token}/renew`, { method: "POST" });
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/thanks"]);
  const newest = await site.ctx.store.db
    .selectFrom("notices")
    .select(["id", "kind"])
    .orderBy("id", "desc")
    .executeTakeFirstOrThrow();
  expect(newest.kind).toBe("confirmation");
  const fresh = site.ctx.signer.sign("confirm", [newest.id]);
  expect(fresh).not.toBe(token);
  expect((await site.app.request(`/confirm/${fresh}`, { method: "POST" })).status).toBe(303);
  expect(await statuses(site, "ana@harbour.example")).toEqual({ "morning-tide": "active" });
});

test("a made-up link is 404 with the sign-up form, and cannot be renewed", async () => {
  const site = await openSite();
  const before = await site.dump();
  for (const [method, path] of [
    ["GET", "/confirm/abcdefgh234567"],
    ["POST", "/confirm/abcdefgh234567"],
    ["POST", "/confirm/abcdefgh234567/renew"],
    ["GET", `/confirm/${site.ctx.signer.sign("leave", [1, 1])}`],
  ] as const) {
    const answer = await site.app.request(path, { method });
    expect(answer.status, path).toBe(404);
    expect(await answer.text(), path).toContain('action="/subscribe"');
  }
  expect(await site.dump()).toBe(before);
});
