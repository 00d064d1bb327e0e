import { parse } from "parse5";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dump } from "../world/dump.ts";
import { attribute, elements } from "../world/forms.ts";
import { minute, openWorld, type World } from "../world.ts";
import { type Places, pathsOf } from "./routes.ts";

// I1: no GET, HEAD or OPTIONS changes state, on any route, ever.

const outboxToken = "a token of at least 16 letters".replaceAll(" ", "-");
const methods = ["GET", "HEAD", "OPTIONS"] as const;

let world: World;
beforeAll(async () => {
  world = await openWorld({ environment: { TIDINGS_OUTBOX_TOKEN: outboxToken } });
  await world.newsletter("tides", { welcome: "Welcome.", image: "/assets/icon.svg" });
  await world.newsletter("ferries", { welcome: "Welcome." });
  await world.join("ada@reader.example", ["tides", "ferries"]);
  await world.join("left@reader.example", "tides");
  await world.signUp("late@reader.example", "tides");
  await world.drain();
  await world.send("tides", "one");
  await world.drain();
  await world.post((await world.mails("left@reader.example")).at(-1)?.leaveLink ?? "");
  world.advance(5 * 24 * 60 * minute);
  await world.post("/preferences", { email: "ada@reader.example" });
  await world.drain();
  const manage = (await world.mails("ada@reader.example")).at(-1)?.manageLink ?? "";
  await world.post(manage, { do: "address", email: "ada@elsewhere.example" });
  await world.drain();
  // What is still to be paid must stay unpaid, and what is pending must stay pending.
  await world.signUp("new@reader.example", ["tides", "ferries"]);
  await world.drain();
  await world.signUp("waiting@reader.example", "ferries");
  await world.send("ferries", "two");
});
afterAll(() => world.close());

/** Reads an address in every harmless way, the API's also as an admin would; tells where its page leads. */
async function read(url: string): Promise<string[]> {
  const found: string[] = [];
  const admin = { authorization: `Bearer ${world.firstToken}`, accept: "application/json" };
  for (const method of methods) {
    for (const headers of url.startsWith("/api") ? [{}, admin] : [{}]) {
      const answer = await world.app.request(url, { method, headers });
      expect(answer.status, `${method} ${url}`).toBeLessThan(500);
      const text = await answer.text();
      if ((answer.headers.get("content-type") ?? "").startsWith("text/html")) found.push(...linksIn(text, url));
    }
  }
  return found;
}

function linksIn(html: string, base: string): string[] {
  const here = new URL(base, world.config.publicUrl);
  return elements(parse(html))
    .flatMap((element) => ["href", "src", "action"].map((name) => attribute(element, name)))
    .filter((link) => link !== undefined)
    .map((link) => new URL(link, here))
    .filter((url) => url.origin === here.origin)
    .map((url) => `${url.pathname}${url.search}`);
}

async function crawl(starts: readonly string[]): Promise<Set<string>> {
  const seen = new Set<string>();
  const open = [...starts];
  for (let url = open.pop(); url !== undefined; url = open.pop()) {
    if (seen.has(url)) continue;
    seen.add(url);
    open.push(...(await read(url)));
  }
  return seen;
}

/** Whatever stands in a database, an outbox or a mail, for the places of the paths. */
async function placesOf(links: readonly string[]): Promise<Places> {
  const kept = (await world.ctx.keep?.list({ limit: 3 })) ?? [];
  const tokens = [
    ...new Set(links.flatMap((link) => /\/(?:confirm|u|p|manage|address)\/([^/?]+)/.exec(link)?.[1] ?? [])),
  ];
  return {
    token: [...tokens, "forged"],
    slug: ["tides", "ferries", "one"],
    newsletter: ["tides", "ferries"],
    issue: ["one", "two"],
    id: ["1", "99", ...kept.map((mail) => mail.id)],
    path: ["style.css", "icon.svg", "none.png"],
  };
}

async function state(): Promise<string> {
  const kept = (await world.ctx.keep?.list({ limit: 1_000 })) ?? [];
  return (await dump(world)) + kept.map(({ id }) => id).join();
}

test("crawling every route and every link of every mail and page twice leaves the database and the outbox as they are (I1)", async () => {
  const mails = await world.mails();
  const links = mails.flatMap((mail) => mail.links).filter((link) => link.startsWith(world.config.publicUrl));
  expect(links.length).toBeGreaterThan(10);
  const own = links.map((link) => link.slice(world.config.publicUrl.length));
  const paths = pathsOf(world.app, await placesOf(own));
  const outbox = paths.filter((path) => path.startsWith("/outbox")).map((path) => `${path}?token=${outboxToken}`);
  const before = await state();
  for (let time = 0; time < 2; time += 1) {
    const seen = await crawl([...own, ...paths, ...outbox]);
    expect(seen.size).toBeGreaterThan(100);
  }
  expect(await state()).toBe(before);
  // Every key at every place that takes one, twice.
}, 120_000);

test("the crawl reaches what would have changed something", async () => {
  const before = await dump(world);
  expect((await world.confirm("new@reader.example")).status).toBe(303);
  expect(await dump(world)).not.toBe(before);
  expect(await world.drain()).toBeGreaterThan(2);
});
