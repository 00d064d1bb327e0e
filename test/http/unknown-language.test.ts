import { expect, test } from "vitest";
import { embedSnippets } from "../../src/http/embed-view.ts";
import { editInstance } from "../../src/instance/edit.ts";
import { readInstance } from "../../src/instance/find.ts";
import { openSite } from "./site.ts";

const refusal = {
  code: "invalid",
  message: 'No pages or mails are in the language "ua".',
  details: { field: "language", hint: "Known: en, uk, de, fr, es, pl." },
};

test("the instance takes no language that its pages cannot speak, and names those that they can", async () => {
  const site = await openSite();
  await expect(editInstance(site.ctx, { language: "ua" })).rejects.toMatchObject(refusal);
  expect((await readInstance(site.ctx)).language).toBe("en");
  expect((await editInstance(site.ctx, { language: "de-AT" })).language).toBe("de-AT");
});

test("no form is printed in a language that is not known", async () => {
  const site = await openSite();
  await expect(embedSnippets(site.ctx, { slugs: ["hafenbrief"], language: "ua" })).rejects.toMatchObject(refusal);
  expect((await embedSnippets(site.ctx, { slugs: ["hafenbrief"], language: "" })).form).toContain('lang="de"');
});

test.each(["", "xx", "%00"])(
  "a form of another site that asks for the language %j speaks the newsletter's",
  async (tag) => {
    const site = await openSite();
    const frame = await site.app.request(`/embed/hafenbrief?lang=${tag}`);
    expect(await frame.text()).toContain('<html class="framed" lang="de"');
    const config = await site.app.request(`/embed.json?n=hafenbrief&lang=${tag}`);
    expect(await config.json()).toMatchObject({ language: "de" });
  },
);
