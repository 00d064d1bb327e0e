import { expect, test } from "vitest";
import { openSite, statuses, subscribeFully } from "./site.ts";

const oneClick = "List-Unsubscribe=One-Click";

function multipart(): RequestInit {
  const body = new FormData();
  body.set("List-Unsubscribe", "One-Click");
  return { body };
}

const forms: Record<string, RequestInit> = {
  "multipart/form-data": multipart(),
  "application/x-www-form-urlencoded": { body: new URLSearchParams(oneClick) },
  "no content type and no body": {},
  "an empty body with a type": { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "" },
  "text/plain": { headers: { "content-type": "text/plain" }, body: oneClick },
  JSON: { headers: { "content-type": "application/json" }, body: "{" },
  "an invented type": { headers: { "content-type": "x/y; z" }, body: new Uint8Array([0, 255, 13, 10]) },
  "a damaged multipart body": { headers: { "content-type": "multipart/form-data; boundary=b" }, body: "--b\r\nno end" },
  "a body of a megabyte": { body: new URLSearchParams({ "List-Unsubscribe": "One-Click", x: "y".repeat(1_000_000) }) },
  "a client that says nothing about itself": { headers: { "user-agent": "", accept: "*/*" }, body: oneClick },
  "a cross-site client": {
    headers: { origin: "https://mail.example", "sec-fetch-site": "cross-site", referer: "https://mail.example/" },
    body: new URLSearchParams(oneClick),
  },
};

test.each(Object.entries(forms))("one-click works with %s, and leaves this newsletter only", async (_, init) => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide", "council-watch");
  const answer = await site.app.request(`/u/${links.leave("morning-tide")}`, { ...init, method: "POST" });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("set-cookie")).toBeNull();
  expect(await statuses(site, "ana@harbour.example")).toEqual({
    "morning-tide": "unsubscribed",
    "council-watch": "active",
  });
  const [proof] = await withdrawals(site);
  expect(proof?.method).toBe("one-click");
});

test("one-click works although its sender hangs up in the middle of the body", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide");
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("aborted")) });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
  const answer = await site.app.request(`/u/${links.leave("morning-tide")}`, init);
  expect(answer.status).toBe(200);
  expect(await statuses(site, "ana@harbour.example")).toEqual({ "morning-tide": "unsubscribed" });
});

function withdrawals(site: Awaited<ReturnType<typeof openSite>>) {
  return site.ctx.store.db.selectFrom("consents").selectAll().where("event", "=", "withdrawn").execute();
}

test.each(["", "/", "?utm_source=mail", "%3E", ")"])(
  "an address ending in %j is answered in place, never redirected",
  async (end) => {
    const site = await openSite();
    const links = await subscribeFully(site, "ana@harbour.example", "morning-tide");
    const answer = await site.app.request(`/u/${links.leave("morning-tide")}${end}`, { method: "POST" });
    expect(answer.status).toBe(200);
    expect(await statuses(site, "ana@harbour.example")).toEqual({ "morning-tide": "unsubscribed" });
  },
);

test("a repeat succeeds without a second event, a year later too", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide");
  for (let turn = 0; turn < 3; turn++) {
    const answer = await site.app.request(`/u/${links.leave("morning-tide")}`, { method: "POST" });
    expect(answer.status).toBe(200);
    site.now += 365 * 24 * 3_600_000;
  }
  expect(await withdrawals(site)).toHaveLength(1);
});

test("the authentic link of someone erased succeeds", async () => {
  const site = await openSite();
  const token = site.ctx.signer.sign("leave", [1, 4711]);
  const answer = await site.app.request(`/u/${token}`, { method: "POST" });
  expect(answer.status).toBe(200);
});

test("forged, cut and foreign tokens are one and the same 404, and change nothing", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide");
  const real = links.leave("morning-tide");
  const before = await site.dump();
  const forged = [
    real.slice(0, -4),
    `${real.slice(0, -8)}aaaaaaaa`,
    "x",
    "abcdefghijklmnop",
    links.preferences,
    links.confirm,
  ];
  const answers = await Promise.all(
    forged.map(async (token) => {
      const answer = await site.app.request(`/u/${token}`, { method: "POST", body: new URLSearchParams(oneClick) });
      return `${answer.status} ${await answer.text()}`;
    }),
  );
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toMatch(/^404 /);
  expect(await site.dump()).toBe(before);
});

test("a thousand requests from one place are all honoured", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "ana@harbour.example", "morning-tide");
  const path = `/u/${links.leave("morning-tide")}`;
  const answers = await Promise.all(Array.from({ length: 1000 }, () => site.app.request(path, { method: "POST" })));
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
  expect(await withdrawals(site)).toHaveLength(1);
});
