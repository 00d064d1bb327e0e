import { gzipSync } from "node:zlib";
import { parse } from "parse5";
import { expect, test } from "vitest";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { attributes, elements, wordsOf } from "./html.ts";
import { openSite, type Site, signUp, subscribeFully } from "./site.ts";

const dozen = ["Money", "The Coast", "Letters", "Football", "High Water", "Schools", "Kitchen", "Law", "Trains"];

interface Shown {
  readonly path: string;
  readonly html: string;
  readonly indexed: boolean;
}

async function everyPage(site: Site): Promise<Shown[]> {
  const pending = await signUp(site, "ana@harbour.example", "morning-tide");
  const links = await subscribeFully(site, "bo@harbour.example", "morning-tide", "council-watch");
  const indexed = ["/", "/n/morning-tide", "/n/hafenbrief"];
  const hidden = [
    ...["/thanks", "/confirmed?n=morning-tide", "/nothing", "/u/forged", "/confirm/forged"],
    `/confirm/${pending}`,
    `/confirm/${site.ctx.signer.sign("confirm", [4711])}`,
    `/u/${links.leave("morning-tide")}`,
    `/p/${links.preferences}`,
  ];
  return Promise.all(
    [...indexed, ...hidden].map(async (path) => {
      const html = await (await site.app.request(path)).text();
      return { path, html, indexed: indexed.includes(path) };
    }),
  );
}

test("every page has a language, a title, a description, one main heading and the operator in its foot", async () => {
  for (const { path, html } of await everyPage(await openSite())) {
    const all = elements(parse(html));
    const named = (tag: string) => all.filter((element) => element.tagName === tag);
    expect(attributes(named("html")[0]).lang, path).toBe(path === "/n/hafenbrief" ? "de" : "en");
    expect(wordsOf(named("title")[0]), path).toMatch(/^\S.* · The Harbour Post$/);
    expect(named("meta").map(attributes), path).toContainEqual({
      name: "description",
      content: expect.stringMatching(/\w{3}/),
    });
    expect(named("h1"), path).toHaveLength(1);
    expect(named("main"), path).toHaveLength(1);
    expect(wordsOf(named("footer")[0]).replace(/\s+/g, " "), path).toMatch(/Harbour Post Publishing 4 Customs Quay/);
  }
});

test("only hub and newsletters are for search engines, under the public address", async () => {
  for (const { path, html, indexed } of await everyPage(await openSite())) {
    const canonical = /<link rel="canonical" href="([^"]+)">/.exec(html)?.[1];
    expect(canonical, path).toBe(indexed ? `http://127.0.0.1:8787${path}` : undefined);
    expect(html.includes('<meta name="robots" content="noindex">'), path).toBe(!indexed);
  }
});

test("every field has a label, groups have a legend, ids are unique, pictures have size and alt", async () => {
  for (const { path, html } of await everyPage(await openSite())) {
    const all = elements(parse(html));
    const ids = all.flatMap((element) => attributes(element).id ?? []);
    expect(new Set(ids).size, path).toBe(ids.length);
    const labels = all.filter((element) => element.tagName === "label").map((element) => attributes(element).for);
    for (const element of all) {
      const given = attributes(element);
      if (element.tagName === "input" && given.type !== "hidden") expect(labels, path).toContain(given.id);
      if (given.type === "email")
        expect(given).toMatchObject({ autocomplete: "email", inputmode: "email", required: "" });
      if (element.tagName === "img")
        expect(given, path).toMatchObject({
          alt: expect.anything(),
          width: expect.anything(),
          height: expect.anything(),
        });
      for (const id of (given["aria-describedby"] ?? "").split(" ").filter(Boolean)) expect(ids, path).toContain(id);
    }
    for (const group of all.filter((element) => element.tagName === "fieldset")) {
      expect(wordsOf(elements(group).find((element) => element.tagName === "legend")), path).toContain(
        "Choose at least one newsletter",
      );
    }
    if (html.includes("required")) expect(html, path).toMatch(/Required fields are marked with|Pflichtfelder/);
  }
});

test("page and style sheet together are at most 14 kB, compressed, with a dozen newsletters too", async () => {
  const site = await openSite();
  for (const [at, name] of dozen.entries()) {
    const slug = name.toLowerCase().replaceAll(" ", "-");
    await createNewsletter(site.ctx, {
      ...{ slug, name, pitch: `What is new about ${name}, and what it means for your street this week.` },
      ...{ frequency: "Every second Wednesday", group: at % 2 === 0 ? "Every day" : "Take your time", position: at },
      ...{ image: `/assets/${slug}.jpg`, imageSquare: `/assets/${slug}-square.jpg`, imageAlt: `A drawing of ${name}` },
      ...{ senderName: "The Harbour Post", senderAddress: "news@harbourpost.example" },
    });
  }
  const style = gzipSync((await site.ctx.assets.read("style.css"))?.body ?? "").length;
  for (const { path, html } of await everyPage(site)) {
    expect(gzipSync(html).length + style, path).toBeLessThanOrEqual(14 * 1024);
  }
});
