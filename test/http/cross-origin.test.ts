import { expect, test } from "vitest";
import { grantToken } from "../../src/instance/grant.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { openSite, type Site } from "./site.ts";

const anybody = "https://anybody.example";
const listed = "https://news.example";

function preflight(site: Site, path: string, origin: string, method = "POST", wanted = "content-type") {
  const headers = {
    origin,
    "access-control-request-method": method,
    "access-control-request-headers": wanted,
  };
  return Promise.resolve(site.app.request(path, { method: "OPTIONS", headers }));
}

function told(answer: Response) {
  const read = (name: string) => answer.headers.get(`access-control-${name}`);
  return {
    origin: read("allow-origin"),
    methods: read("allow-methods"),
    headers: read("allow-headers"),
    credentials: read("allow-credentials"),
    vary: answer.headers.get("vary"),
  };
}

async function listOnly(site: Site): Promise<void> {
  for (const slug of ["morning-tide", "council-watch", "hafenbrief"]) {
    await editNewsletter(site.ctx, { slug, changes: { origins: [listed] } });
  }
}

const open = { origin: "*", methods: "POST", headers: "Content-Type", credentials: null, vary: "Origin" };
const shut = { origin: null, methods: null, headers: null, credentials: null, vary: "Origin" };

test("a sign-up may be sent from any site while a newsletter names none, with nothing but POST and a content type", async () => {
  const site = await openSite();
  for (const origin of [anybody, "null", "http://127.0.0.1:9"]) {
    const answer = await preflight(site, "/subscribe", origin, "PUT", "authorization, x-evil");
    expect([answer.status, told(answer)], origin).toEqual([204, open]);
  }
});

test("once every newsletter names its sites, others are not let in, and those are named alone", async () => {
  const site = await openSite();
  await listOnly(site);
  expect(told(await preflight(site, "/subscribe", listed))).toEqual({ ...open, origin: listed });
  for (const origin of [anybody, "null", `${listed}.evil.example`, listed.toUpperCase(), `${listed}:443`]) {
    expect(told(await preflight(site, "/subscribe", origin)), origin).toEqual(shut);
  }
});

test("the answer itself may be read by the same sites, whether it takes or refuses", async () => {
  const site = await openSite();
  await listOnly(site);
  for (const [origin, granted] of [
    [listed, listed],
    [anybody, null],
  ]) {
    for (const email of ["ana@harbour.example", "ana"]) {
      const answer = await site.app.request("/subscribe", {
        method: "POST",
        headers: { origin: origin ?? "", accept: "application/json" },
        body: new URLSearchParams({ email, newsletter: "morning-tide" }),
      });
      expect(told(answer), `${origin} ${email}`).toMatchObject({ origin: granted, credentials: null, vary: "Origin" });
    }
  }
});

test("the challenge may be asked for by the same sites, with GET alone", async () => {
  const site = await openSite();
  expect(told(await preflight(site, "/subscribe/challenge", anybody, "GET"))).toEqual({ ...open, methods: "GET" });
  const answer = await site.app.request("/subscribe/challenge?newsletter=morning-tide", {
    headers: { origin: anybody },
  });
  expect(told(answer)).toMatchObject({ origin: "*", credentials: null });
});

test("no other page and nothing of the admin API may be read by other sites", async () => {
  const site = await openSite();
  const { secret } = await grantToken(site.ctx, { name: "test", scopes: ["read"] });
  const headers = { origin: anybody, authorization: `Bearer ${secret}` };
  for (const path of ["/", "/n/morning-tide", "/thanks", "/embed/morning-tide", "/api/newsletters"]) {
    expect((await site.app.request(path, { headers })).headers.get("access-control-allow-origin"), path).toBeNull();
    const asked = await preflight(site, path, anybody, "GET", "authorization");
    expect(told(asked), path).toMatchObject({ origin: null, methods: null });
  }
});
