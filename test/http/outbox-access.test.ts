import { expect, test } from "vitest";
import { encodeMime } from "../../src/mail/mime.ts";
import { openSite, type Site } from "./site.ts";

const token = "a-long-enough-read-token";

async function keepOne(site: Site): Promise<string> {
  const mail = encodeMime({
    ...{ from: { name: "", address: "a@harbour.example" }, to: "b@harbour.example", replyTo: null, subject: "Secret" },
    ...{ html: "<p>Secret</p>", text: "Secret", headers: [], messageId: "m@harbour.example", date: 0, tags: [] },
  });
  return (await site.ctx.keep?.put("key", [mail]))?.[0] ?? "";
}

async function ask(site: Site, path: string, peer: string | undefined, headers: Record<string, string> = {}) {
  const env = peer === undefined ? {} : { incoming: { socket: { remoteAddress: peer } } };
  return site.app.request(`http://127.0.0.1:8787${path}`, { headers }, env);
}

test.each(["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])("%s, this machine, may read", async (peer) => {
  const site = await openSite();
  const id = await keepOne(site);
  for (const path of ["/outbox", `/outbox/${id}`, `/outbox/${id}/html`]) {
    expect((await ask(site, path, peer)).status, path).toBe(200);
  }
});

test.each(["192.0.2.1", "10.0.0.1", "::ffff:192.0.2.1", "2001:db8::1", "", undefined, "127.0.0.1.evil.example"])(
  "%s, another machine or none, may not",
  async (peer) => {
    const site = await openSite({ TIDINGS_OUTBOX_TOKEN: token });
    const id = await keepOne(site);
    for (const path of [
      "/outbox",
      "/outbox/",
      `/outbox/${id}`,
      `/outbox/${id}/html`,
      `/outbox/${id}?view=raw`,
      "/outbox/nothing",
    ]) {
      const answer = await ask(site, path, peer);
      expect(answer.status, path).toBe(403);
      expect(await answer.text(), path).not.toContain("Secret");
    }
  },
);

test.each(["x-forwarded-for", "forwarded", "x-real-ip", "via"])(
  "a proxy on this machine that sends %s is not this machine",
  async (name) => {
    const site = await openSite();
    expect((await ask(site, "/outbox", "127.0.0.1", { [name]: "127.0.0.1" })).status).toBe(403);
  },
);

test("a foreign host name on the loopback address is refused (DNS rebinding)", async () => {
  const site = await openSite();
  const env = { incoming: { socket: { remoteAddress: "127.0.0.1" } } };
  expect((await site.app.request("http://evil.example:8787/outbox", {}, env)).status).toBe(403);
  expect((await site.app.request("http://localhost:8787/outbox", {}, env)).status).toBe(200);
});

test("behind a public address only the token opens it, since any proxy may be the peer", async () => {
  const environment = {
    TIDINGS_PUBLIC_URL: "https://news.harbourpost.example",
    TIDINGS_OUTBOX_TOKEN: token,
  };
  const site = await openSite(environment);
  expect((await ask(site, "/outbox", "127.0.0.1")).status).toBe(403);
  expect((await ask(site, `/outbox?token=${token}`, "192.0.2.1")).status).toBe(200);
});

test("the read token opens it from anywhere, as a query or a bearer, and follows along in the links", async () => {
  const site = await openSite({ TIDINGS_OUTBOX_TOKEN: token });
  const id = await keepOne(site);
  expect((await ask(site, "/outbox", "192.0.2.1", { authorization: `Bearer ${token}` })).status).toBe(200);
  const html = await (await ask(site, `/outbox?token=${token}`, "192.0.2.1")).text();
  expect(html).toContain(`href="/outbox/${id}?token=${token}"`);
  const mail = await (await ask(site, `/outbox/${id}?token=${token}`, "192.0.2.1")).text();
  expect(mail).toContain(`src="/outbox/${id}/html?token=${token}"`);
});

test.each(["", "x", token.slice(1), `${token} `, token.toUpperCase()])("the token %j is refused", async (given) => {
  const site = await openSite({ TIDINGS_OUTBOX_TOKEN: token });
  expect((await ask(site, `/outbox?token=${encodeURIComponent(given)}`, "192.0.2.1")).status).toBe(403);
});

test("without a token of its own, no token opens it", async () => {
  const site = await openSite();
  for (const given of ["", "null", "undefined"]) {
    expect((await ask(site, `/outbox?token=${given}`, "192.0.2.1")).status).toBe(403);
  }
});
