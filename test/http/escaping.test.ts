import { parse } from "parse5";
import { expect, test } from "vitest";
import { editInstance } from "../../src/instance/edit.ts";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { attributes, elements, wordsOf } from "./html.ts";
import { openSite, post, type Site, subscribeFully } from "./site.ts";

const payloads = [
  `"><svg onload=alert(1)>`,
  `</script><script>alert(1)</script>`,
  `' onfocus=alert(1) autofocus='`,
  `{{ site.name }}{% raw %}`,
  `<img src=x onerror=alert(1)>`,
  `&lt;b&gt; & </textarea></title><b>`,
];

function expectTame(html: string, label: string): void {
  for (const element of elements(parse(html))) {
    const given = attributes(element);
    expect(element.tagName, label).not.toBe("b");
    if (element.tagName === "script") {
      expect([given.src, wordsOf(element)], label).toEqual([expect.stringMatching(/^\/embed\.js\?v=[0-9a-f]+$/), ""]);
    }
    for (const name of Object.keys(given)) expect(name, label).not.toMatch(/^on/);
    if (element.tagName === "svg") expect(given.class, label).toBe("mark");
    if (element.tagName === "img") expect(given.src, label).not.toBe("x");
    if (given.href !== undefined) expect(given.href, label).not.toMatch(/^\s*javascript:/i);
  }
}

async function poison(site: Site, payload: string): Promise<void> {
  const texts = { name: payload, pitch: payload, about: payload, frequency: payload, group: payload };
  const more = {
    imageAlt: payload,
    thanks: payload,
    senderName: "x",
    image: `https://pictures.example/${encodeURI(payload)}`,
  };
  await createNewsletter(site.ctx, { slug: "poison", senderAddress: "a@harbour.example", ...texts, ...more });
  await editInstance(site.ctx, { site: payload, operator: payload, postalAddress: payload });
}

test.each(payloads)("%s in every text of the newsroom stays text on every page (SEC-01)", async (payload) => {
  const site = await openSite();
  await poison(site, payload);
  const links = await subscribeFully(site, "ana@harbour.example", "poison");
  const paths = [
    "/",
    "/n/poison",
    "/embed/poison",
    "/embed/poison/thanks",
    "/thanks?n=poison",
    "/thanks?n=morning-tide",
    "/confirmed?n=poison",
    `/confirm/${links.confirm}`,
    `/u/${links.leave("poison")}`,
    `/p/${links.preferences}`,
    "/nothing",
  ];
  for (const path of paths) {
    const html = await (await site.app.request(path)).text();
    expectTame(html, path);
    expect(html.length, path).toBeGreaterThan(500);
  }
  const left = await post(site, `/p/${links.preferences}`, { newsletter: "poison" });
  expectTame(await left.text(), "left");
});

test.each(payloads)("%s typed by a reader comes back as text", async (payload) => {
  const site = await openSite();
  for (const [field, value] of [
    ["email", payload],
    ["newsletter", payload],
    ["form", payload],
    ["form", `n/${payload}`],
    ["lang", payload],
    ["frame", payload],
    ["redirect", payload],
  ] as const) {
    const answer = await post(site, "/subscribe", { newsletter: "morning-tide", email: "ana@x", [field]: value });
    const html = await answer.text();
    expect(answer.status).toBe(422);
    expectTame(html, field);
    if (field === "email") {
      const typed = elements(parse(html)).find((element) => attributes(element).id === "email");
      expect(attributes(typed).value).toBe(payload);
    }
  }
  for (const path of ["/confirm/", "/u/", "/p/", "/n/", "/n/morning-tide/", "/confirmed?n=", "/"]) {
    expectTame(await (await site.app.request(path + encodeURIComponent(payload))).text(), path);
  }
});

test.each(payloads)("%s in the address of a page or passed on by a frame comes back as text", async (payload) => {
  const site = await openSite();
  const query = new URLSearchParams(
    ["n", "lang", "form", "position", "page", "utm_source"].map((name) => [name, payload]),
  );
  for (const path of [`/?${query}`, `/thanks?${query}`, `/confirmed?${query}`, `/embed/morning-tide?${query}`]) {
    expectTame(await (await site.app.request(path)).text(), path);
  }
  const fields = { email: "ana@x", newsletter: "morning-tide", frame: "morning-tide" };
  const more = { form: payload, position: payload, page: payload, utm_source: payload, lang: payload };
  expectTame(await (await post(site, "/subscribe", { ...fields, ...more })).text(), "framed fault");
});
