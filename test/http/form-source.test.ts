import { expect, test } from "vitest";
import { embedSnippets } from "../../src/http/embed-view.ts";
import { editInstance } from "../../src/instance/edit.ts";
import { wordingId } from "../../src/subscription/wording.ts";
import { openSite, post, type Site } from "./site.ts";

async function sourceOf(site: Site, email: string): Promise<unknown> {
  const row = await site.ctx.store.db
    .selectFrom("subscriptions as s")
    .innerJoin("subscribers as p", "p.id", "s.subscriber")
    .select(["s.source", "s.status"])
    .where("p.email", "=", email)
    .executeTakeFirstOrThrow();
  return { ...JSON.parse(row.source ?? "{}"), status: row.status };
}

const told = {
  form: "article-foot",
  position: "end",
  page: "https://news.example/story?secret=1#part",
  referrer: "https://search.example/?q=ferry",
  utm_source: "social",
  utm_medium: "post",
  utm_campaign: "spring",
  utm_term: "ferry",
  utm_content: "blue",
};

test("form, position, page, referrer and campaign are kept through the confirmation, without any query", async () => {
  const site = await openSite();
  const email = "ana@harbour.example";
  await post(site, "/subscribe", { email, newsletter: "morning-tide", ...told });
  const kept = { ...told, page: "https://news.example/story", referrer: "https://search.example/" };
  expect(await sourceOf(site, email)).toEqual({ ...kept, status: "pending" });
  const notice = await site.ctx.store.db.selectFrom("notices").select("id").executeTakeFirstOrThrow();
  await post(site, `/confirm/${site.ctx.signer.sign("confirm", [notice.id])}`, {});
  expect(await sourceOf(site, email)).toEqual({ ...kept, status: "active" });
});

test.each([
  ["/", "hub"],
  ["/n/morning-tide", "n/morning-tide"],
])("what led to %s is passed on by its form, after a fault too", async (path, form) => {
  const site = await openSite();
  const query = "utm_source=social&utm_campaign=spring&secret=1&page=https%3A%2F%2Fevil.example";
  const headers = { referer: "https://search.example/?q=ferry" };
  const hidden = (html: string) =>
    Object.fromEntries(
      [...html.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map((one) => one.slice(1, 3)),
    );
  const shown = hidden(await (await site.app.request(`${path}?${query}`, { headers })).text());
  const led = { utm_source: "social", utm_campaign: "spring", referrer: "https://search.example/?q=ferry" };
  expect(shown).toMatchObject({ ...led, form });
  expect(Object.keys(shown)).not.toContain("page");
  const refused = await post(site, "/subscribe", { ...shown, email: "ana@x", newsletter: "morning-tide" });
  expect(hidden(await refused.text())).toMatchObject({ ...led, form });
  const own = hidden(await (await site.app.request(path, { headers: { referer: "http://127.0.0.1:8787/" } })).text());
  expect(Object.keys(own)).not.toContain("referrer");
});

test("the consent says which form was shown, and where", async () => {
  const site = await openSite();
  await post(site, "/subscribe", { email: "ana@harbour.example", newsletter: "morning-tide", ...told });
  const consent = await site.ctx.store.db.selectFrom("consents").select(["form", "page"]).executeTakeFirstOrThrow();
  expect(consent).toEqual({ form: "article-foot", page: "https://news.example/story" });
});

test("the consent is kept in the words and the language that the form has shown (LAW-01)", async () => {
  const site = await openSite();
  await post(site, "/subscribe", { email: "ana@harbour.example", newsletter: "hafenbrief", lang: "en" });
  const wording = await site.ctx.store.db.selectFrom("wordings").select("text").executeTakeFirstOrThrow();
  expect(wording.text).toMatch(/^By subscribing you agree/);
});

test("a form that was pasted before the consent changed is kept with the words that it still shows (LAW-01)", async () => {
  const site = await openSite();
  const before = await site.dump();
  const old = await printed(site);
  expect(await site.dump()).toBe(before);
  await editInstance(site.ctx, { operator: "The New Harbour Post" });
  site.now += 2_000;
  expect(await printed(site)).not.toBe(old);
  expect(await keptOf(site, old)).toMatch(/^By subscribing you agree that Harbour Post Publishing .*\/privacy\)\.$/);
  expect(await keptOf(site, "")).toContain("The New Harbour Post");
});

test("only words that we have signed are believed, or that a sign-up has kept (LAW-01)", async () => {
  const site = await openSite();
  const old = await printed(site);
  const words = old.slice(33);
  await editInstance(site.ctx, { operator: "The New Harbour Post" });
  site.now += 2_000;
  const foreign = `${"f".repeat(32)}.${words}`;
  for (const forged of [
    foreign,
    old.replace("at any time", "never"),
    words,
    wordingId(words),
    "f".repeat(64),
    "x".repeat(9_000),
  ]) {
    expect(await keptOf(site, forged), forged).toContain("The New Harbour Post");
  }
  expect(await keptOf(site, old)).toBe(words);
  // From now on they are kept: a key that is gone, or a form that names them by their hash, as once printed, changes nothing.
  expect(await keptOf(site, foreign)).toBe(words);
  expect(await keptOf(site, wordingId(words))).toBe(words);
});

/** What a printed form carries as its consent. */
async function printed(site: Site): Promise<string> {
  const { form } = await embedSnippets(site.ctx, { slugs: ["morning-tide"] });
  return /name="wording" value="([0-9a-f]{32}\.[^"]+)"/.exec(form)?.[1] ?? "";
}

let readers = 0;

/** The consent that is kept of a form that carries this one. */
async function keptOf(site: Site, wording: string): Promise<string> {
  const email = `reader${++readers}@harbour.example`;
  const answer = await post(site, "/subscribe", { email, newsletter: "morning-tide", wording });
  expect(answer.status).toBe(303);
  const row = await site.ctx.store.db
    .selectFrom("consents as c")
    .innerJoin("subscribers as p", "p.id", "c.subscriber")
    .innerJoin("wordings as w", "w.hash", "c.wording")
    .select("w.text")
    .where("p.email", "=", email)
    .executeTakeFirstOrThrow();
  return row.text;
}
