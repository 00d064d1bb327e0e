import { expect, test } from "vitest";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { setText } from "../../src/newsletter/texts.ts";
import { openSite, post, postJson } from "./site.ts";

async function withOwnWords() {
  const site = await openSite();
  await setText(site.ctx, "morning-tide", { key: "signup.sent", text: "Look into your mail, sailor." });
  await setText(site.ctx, "morning-tide", { key: "signup.fault.no-at", text: "Where is the @, sailor?" });
  await setText(site.ctx, "morning-tide", { key: "signup.fault.bad-newsletters", text: "We have cast off." });
  return site;
}

const email = "ana@harbour.example";

test("what is said of one newsletter's form is in its own words: to programs, on its page, in its frame", async () => {
  const site = await withOwnWords();
  const newsletter = "morning-tide";
  const sent = await postJson(site, "/subscribe", { email, newsletters: [newsletter] });
  expect(await sent.json()).toEqual({ status: "sent", message: "Look into your mail, sailor." });
  const refused = await postJson(site, "/subscribe", { email: "ana", newsletters: [newsletter] });
  expect((await refused.json()).error.message).toBe("Where is the @, sailor?");
  for (const frame of ["", newsletter]) {
    const html = await (await post(site, "/subscribe", { email: "ana", newsletter, frame })).text();
    expect(html, frame).toContain("Where is the @, sailor?");
  }
  await editNewsletter(site.ctx, { slug: newsletter, changes: { status: "closed" } });
  expect(await (await post(site, "/subscribe", { email, newsletter })).text()).toContain("We have cast off.");
});

test("own words are said in their language alone", async () => {
  const site = await withOwnWords();
  const sent = await postJson(site, "/subscribe", { email, newsletters: ["morning-tide"], lang: "de" });
  expect((await sent.json()).message).toMatch(/^Danke/);
});

test("a form for several newsletters, and the hub, use the common words", async () => {
  const site = await withOwnWords();
  const several = await postJson(site, "/subscribe", { email: "ana", newsletters: ["morning-tide", "council-watch"] });
  expect((await several.json()).error.message).toMatch(/^An email address has an @/);
  const hub = await post(site, "/subscribe", { email: "ana", newsletter: "morning-tide", form: "hub" });
  expect(await hub.text()).toContain("An email address has an @");
});

test("a hidden newsletter does not give itself away by its words", async () => {
  const site = await withOwnWords();
  await editNewsletter(site.ctx, { slug: "morning-tide", changes: { status: "hidden" } });
  const said = async (newsletter: string) =>
    (await (await postJson(site, "/subscribe", { email, newsletters: [newsletter] })).json()).error.message;
  expect(await said("morning-tide")).toBe(await said("nothing"));
});
