import { expect, test } from "vitest";
import type { Message } from "../../src/mail/message.ts";
import { encodeMime } from "../../src/mail/mime.ts";
import { openSite, type Site } from "./site.ts";

const here = { incoming: { socket: { remoteAddress: "127.0.0.1" } } };

const mail: Message = {
  from: { name: "The Harbour Pöst", address: "news@harbourpost.example" },
  to: "ana@harbour.example",
  replyTo: null,
  subject: "Ebbe & Flut <heute>: 1 = eins",
  html: `<!doctype html><html lang="de"><head><title>x</title></head><body><p style="color:#333">Schön &amp; gut =3D</p><a href="http://127.0.0.1:8787/confirm/abc">ja</a></body></html>`,
  text: "Schön & gut =3D\n\n.Punkt\nFrom hier\nhttp://127.0.0.1:8787/confirm/abc",
  headers: [],
  messageId: "abc@harbourpost.example",
  date: Date.UTC(2026, 10, 22, 8),
  tags: [],
};

async function keep(site: Site, message: Message = mail): Promise<string> {
  const [id = ""] = (await site.ctx.keep?.put(`key-${message.messageId}`, [encodeMime(message)])) ?? [];
  return id;
}

test("lists mails, newest first, with a link to the older ones", async () => {
  const site = await openSite();
  for (let n = 0; n < 60; n++) {
    site.now += 1000;
    await keep(site, { ...mail, subject: `Nr. ${n}.`, messageId: `n${n}@harbourpost.example` });
  }
  const html = await (await site.app.request("/outbox", {}, here)).text();
  expect([...html.matchAll(/Nr\. (\d+)\./g)].map((match) => Number(match[1]))).toEqual(
    Array.from({ length: 50 }, (_, at) => 59 - at),
  );
  const older = /href="([^"]+)">Older mails/.exec(html)?.[1] ?? "";
  const rest = await (await site.app.request(older, {}, here)).text();
  expect([...rest.matchAll(/Nr\. (\d+)\./g)].map((match) => Number(match[1]))).toEqual(
    Array.from({ length: 10 }, (_, at) => 9 - at),
  );
  expect(rest).not.toContain("Older mails");
});

test("shows a mail's head and its text as it was written", async () => {
  const site = await openSite();
  const id = await keep(site);
  const html = await (await site.app.request(`/outbox/${id}?view=text`, {}, here)).text();
  expect(html).toContain("Ebbe &amp; Flut &lt;heute&gt;: 1 = eins");
  expect(html).toContain("The Harbour Pöst &lt;news@harbourpost.example&gt;");
  expect(html).toContain("22 November 2026 at 08:00:00 UTC");
  expect(html).toContain("Schön &amp; gut =3D\n\n.Punkt\nFrom hier\nhttp://127.0.0.1:8787/confirm/abc");
});

test("shows the bytes as they were sent", async () => {
  const site = await openSite();
  const id = await keep(site);
  const html = await (await site.app.request(`/outbox/${id}?view=raw`, {}, here)).text();
  expect(html).toContain("Content-Transfer-Encoding: quoted-printable");
  expect(html).toContain("Sch=C3=B6n &amp; gut =3D3D");
});

test("frames the HTML in a sandbox without scripts; its links open beside it", async () => {
  const site = await openSite();
  const id = await keep(site);
  const page = await site.app.request(`/outbox/${id}`, {}, here);
  const html = await page.text();
  expect(html).toContain(`<iframe class="mail-frame" src="/outbox/${id}/html"`);
  expect(html).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"');
  expect(page.headers.get("content-security-policy")).toContain("frame-src 'self'");
  const frame = await site.app.request(`/outbox/${id}/html`, {}, here);
  const policy = frame.headers.get("content-security-policy") ?? "";
  expect(policy).toMatch(/^sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'/);
  expect(policy).not.toMatch(/allow-scripts|allow-same-origin|script-src/);
  expect(await frame.text()).toBe(mail.html.replace("<head>", '<head><base target="_blank">'));
});

test("an unknown mail is 404, whatever its id looks like", async () => {
  const site = await openSite();
  await keep(site);
  for (const id of ["nothing", "..%2f..%2fpackage.json", "%00", "a".repeat(3000)]) {
    for (const view of ["", "/html", "?view=raw"]) {
      expect((await site.app.request(`/outbox/${id}${view}`, {}, here)).status).toBe(404);
    }
  }
});
