import { expect, test } from "vitest";
import { embedSnippets } from "../../src/http/embed-view.ts";
import { editInstance } from "../../src/instance/edit.ts";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { mostChosen } from "../../src/subscription/subscribe.ts";
import { openSite, post, type Site } from "./site.ts";

async function ask(site: Site, query: string, origin?: string) {
  const answer = await site.app.request(`/embed.json?${query}`, origin === undefined ? {} : { headers: { origin } });
  return { answer, told: await answer.json() };
}

test("the element is told what to show, as texts and links and never as HTML", async () => {
  const site = await openSite();
  const { answer, told } = await ask(site, "n=morning-tide");
  expect(answer.status).toBe(200);
  expect(told).toMatchObject({
    language: "en",
    direction: "ltr",
    heading: "The Morning Tide",
    pitch: "What the day brings to Port Alder.",
    newsletters: [{ slug: "morning-tide", name: "The Morning Tide" }],
    closed: null,
    texts: { email: "Email address", subscribe: "Subscribe", hint: "Did you mean {address}?" },
  });
  expect(told.consent).toEqual([
    expect.stringMatching(/^By subscribing you agree that Harbour Post Publishing .* How we treat your data: $/),
    { text: "our privacy page", href: "https://harbourpost.example/privacy" },
    ".",
  ]);
  expect(JSON.stringify(told)).not.toContain("<");
});

test("what it is told names the consent that it shows, which is kept though the operator has changed (LAW-01)", async () => {
  const site = await openSite();
  const { told } = await ask(site, "n=morning-tide&lang=uk");
  await editInstance(site.ctx, { operator: "The New Harbour Post" });
  site.now += 2_000;
  const fields = { email: "ana@harbour.example", newsletter: "morning-tide" };
  await post(site, "/subscribe", { ...fields, lang: told.language, wording: told.wording });
  const kept = await site.ctx.store.db.selectFrom("wordings").select("text").execute();
  expect(kept).toEqual([{ text: expect.stringMatching(/погоджуєтеся.*Harbour Post Publishing/) }]);
});

test("an element shows as many newsletters as a sign-up may choose, and for more the form inside it stays", async () => {
  const site = await openSite();
  const slugs = Array.from({ length: mostChosen + 1 }, (_, at) => `letter-${at}`);
  const sender = { senderName: "The Harbour Post", senderAddress: "news@harbourpost.example" };
  for (const slug of slugs) await createNewsletter(site.ctx, { ...sender, slug, name: slug, pitch: "New." });
  const query = (most: number) => `${new URLSearchParams(slugs.slice(0, most).map((slug) => ["n", slug]))}`;
  expect((await ask(site, query(mostChosen))).told.newsletters).toHaveLength(mostChosen);
  const { answer, told } = await ask(site, query(mostChosen + 1));
  expect([answer.status, told.error.message]).toEqual([422, "A form is for 50 newsletters at most."]);
  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  await expect(embedSnippets(site.ctx, { slugs })).rejects.toMatchObject({
    message: "A form is for 50 newsletters at most, and these are 51.",
    details: { field: "and" },
  });
});

test("for several newsletters it has a common heading and a choice", async () => {
  const site = await openSite();
  const { told } = await ask(site, "n=hafenbrief&n=morning-tide");
  expect(told.heading).toBe("Our newsletters");
  expect(told.newsletters.map((one: { slug: string }) => one.slug)).toEqual(["hafenbrief", "morning-tide"]);
});

test("a newsletter's form speaks the newsletter's language, or the one that is asked for", async () => {
  const site = await openSite();
  expect((await ask(site, "n=hafenbrief")).told.language).toBe("de");
  expect((await ask(site, "n=hafenbrief&lang=fr")).told.language).toBe("fr");
  expect((await ask(site, "n=morning-tide&n=hafenbrief")).told.language).toBe("en");
});

test.each([
  ["paused", "The Morning Tide is taking a break and takes no new readers for now. "],
  ["closed", "The Morning Tide is no longer published. "],
] as const)("the form of a %s newsletter says so and offers the others", async (status, words) => {
  const site = await openSite();
  await editNewsletter(site.ctx, { slug: "morning-tide", changes: { status } });
  const { told } = await ask(site, "n=morning-tide");
  expect(told.newsletters).toEqual([]);
  expect(told.closed).toEqual([words, { text: "See our other newsletters", href: "http://127.0.0.1:8787/" }]);
});

test("a hidden newsletter is as unknown as one that never was", async () => {
  const site = await openSite();
  await editNewsletter(site.ctx, { slug: "morning-tide", changes: { status: "hidden" } });
  const hidden = await ask(site, "n=morning-tide");
  const never = await ask(site, "n=nothing");
  expect([hidden.answer.status, never.answer.status]).toEqual([404, 404]);
  expect(hidden.told).toEqual(never.told);
});

test("only the sites that a newsletter names may read it, any where it names none (SEC-14)", async () => {
  const site = await openSite();
  const origins = ["https://news.example"];
  await editNewsletter(site.ctx, { slug: "morning-tide", changes: { origins } });
  const granted = async (query: string, origin?: string) =>
    (await ask(site, query, origin)).answer.headers.get("access-control-allow-origin");
  expect(await granted("n=council-watch", "https://anybody.example")).toBe("*");
  expect(await granted("n=morning-tide", "https://news.example")).toBe("https://news.example");
  expect(await granted("n=morning-tide", "https://anybody.example")).toBeNull();
  expect(await granted("n=morning-tide", "null")).toBeNull();
  expect(await granted("n=morning-tide")).toBeNull();
  expect(await granted("n=morning-tide&n=council-watch", "https://anybody.example")).toBeNull();
  expect((await ask(site, "n=morning-tide", "https://news.example")).answer.headers.get("vary")).toBe("Origin");
});
