import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "parse5";
import { expect, test } from "vitest";
import { editInstance } from "../../src/instance/edit.ts";
import { attributes, find, wordsOf } from "./html.ts";
import { openSite, post, type Site } from "./site.ts";

async function shown(site: Site, path: string): Promise<string> {
  const page = parse(await (await site.app.request(path)).text());
  const words = wordsOf(find(page, (node) => attributes(node).class === "consent"));
  return words.replace(/\s+/g, " ").trim();
}

async function kept(site: Site): Promise<string[]> {
  return (await site.ctx.store.db.selectFrom("wordings").select("text").execute()).map((row) => row.text);
}

test("the proof holds the words that the form showed, with the address of the privacy page", async () => {
  const site = await openSite();
  const words = await shown(site, "/");
  expect(words).toBe(await shown(site, "/n/morning-tide"));
  await post(site, "/subscribe", { email: "ana@harbour.example", newsletter: "morning-tide" });
  const [wording = ""] = await kept(site);
  expect(wording).toContain(" (https://harbourpost.example/privacy)");
  expect(wording.replace(" (https://harbourpost.example/privacy)", "")).toBe(words);
});

test("the wording says who writes, and that one can leave at any time", async () => {
  const site = await openSite();
  expect(await shown(site, "/")).toMatch(/Harbour Post Publishing .* You can leave at any time/);
});

test("a changed wording is kept beside the old one", async () => {
  const site = await openSite();
  await post(site, "/subscribe", { email: "ana@harbour.example", newsletter: "morning-tide" });
  await editInstance(site.ctx, { operator: `Tide & "Sons" <Ltd>`, privacyUrl: "" });
  // What a form said a moment ago is as good as what it would say now.
  site.now += 1_000;
  await post(site, "/subscribe", { email: "bo@harbour.example", newsletter: "morning-tide" });
  const texts = await kept(site);
  expect(texts).toHaveLength(2);
  expect(texts).toContainEqual(expect.stringContaining(`that Tide & "Sons" <Ltd> sends you`));
});

test.each(["/", "/n/morning-tide"])(
  "a form of %s that was open while the operator changed keeps the words it has shown",
  async (path) => {
    const site = await openSite();
    const page = parse(await (await site.app.request(path)).text());
    const { value = "" } = attributes(find(page, (node) => attributes(node).name === "wording"));
    const words = await shown(site, path);
    await editInstance(site.ctx, { operator: "Tide & Sons" });
    site.now += 1_000;
    await post(site, "/subscribe", { email: "ana@harbour.example", newsletter: "morning-tide", wording: value });
    const [wording = ""] = await kept(site);
    expect(wording.replace(" (https://harbourpost.example/privacy)", "")).toBe(words);
    expect(words).not.toContain("Tide & Sons");
  },
);

test("a site's own consent template takes effect at once", async () => {
  const site = await openSite();
  await shown(site, "/");
  const folder = join(site.ctx.config.templates, "page");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "consent.html.liquid"),
    "{{ operator }} may write to me. <a href='x'>More</a> &amp; <b>less</b>",
  );
  expect(await shown(site, "/")).toBe("Harbour Post Publishing may write to me. More & less");
  await post(site, "/subscribe", { email: "ana@harbour.example", newsletter: "morning-tide" });
  expect(await kept(site)).toEqual(["Harbour Post Publishing may write to me. More (x) & less"]);
});
