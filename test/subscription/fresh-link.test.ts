import { afterEach, beforeEach, expect, test } from "vitest";
import { dump } from "../world/dump.ts";
import { minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";
const bea = "bea@reader.example";

let world: World;
let manage: string;
let preferences: string;
beforeEach(async () => {
  world = await openWorld();
  await world.newsletter("tides", { welcome: "Welcome aboard." });
  await world.newsletter("ferries", { welcome: "All aboard." });
  await world.newsletter("harbour", { status: "closed" });
  await world.join(bea, "tides");
  await world.join(ada, "tides");
  await world.send("tides", "one");
  await world.drain();
  preferences = (await world.mails(ada)).at(-1)?.preferencesLink ?? "";
  world.advance(20 * minute);
  await world.post("/preferences", { email: ada });
  await world.drain();
  manage = (await world.mails(ada)).at(-1)?.manageLink ?? "";
});
afterEach(() => world.close());

async function standing(email: string): Promise<Record<string, string>> {
  const rows = await world.ctx.store.db
    .selectFrom("subscriptions as s")
    .innerJoin("newsletters as n", "n.id", "s.newsletter")
    .innerJoin("subscribers as p", "p.id", "s.subscriber")
    .select(["n.slug", "s.status"])
    .where("p.email", "=", email)
    .orderBy("n.slug")
    .execute();
  return Object.fromEntries(rows.map(({ slug, status }) => [slug, status]));
}

test("a fresh link joins at once, with proof of the words that stood there, and one welcome", async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => world.post(manage, { do: "join", newsletter: "ferries" })),
  );
  for (const answer of answers) expect(await answer.text()).toContain("You are subscribed to The ferries letter.");
  expect(await standing(ada)).toEqual({ ferries: "active", tides: "active" });
  const proofs = await world.ctx.store.db
    .selectFrom("consents as c")
    .leftJoin("wordings as w", "w.hash", "c.wording")
    .select(["c.event", "c.method", "w.text"])
    .where("c.newsletter", "=", 2)
    .orderBy("c.id")
    .execute();
  expect(proofs.map(({ event, method }) => `${event} ${method}`)).toEqual([
    "asked preferences",
    "confirmed preferences",
  ]);
  expect(proofs[0]?.text).toContain("By subscribing you agree that Harbour Courier Ltd");
  await world.drain();
  expect((await world.mails(ada)).filter((mail) => mail.subject === "Welcome to The ferries letter")).toHaveLength(1);
});

test("what was left before can be joined again by it, in a new generation", async () => {
  await world.post(manage, { newsletter: "tides" });
  world.advance(minute);
  await world.post(manage, { do: "join", newsletter: "tides" });
  const row = await world.ctx.store.db
    .selectFrom("subscriptions")
    .select(["status", "generation"])
    .where("subscriber", "=", 2)
    .execute();
  expect(row).toEqual([{ status: "active", generation: 2 }]);
});

test("the link of an issue, which may have been forwarded, only asks: a confirmation mail goes to the reader", async () => {
  const answer = await world.post(preferences, { do: "join", newsletter: "ferries" });
  expect(await answer.text()).toContain("We have sent you a mail.");
  expect(await standing(ada)).toEqual({ ferries: "pending", tides: "active" });
  world.advance(20 * minute);
  await world.drain();
  await world.confirm(ada);
  expect(await standing(ada)).toEqual({ ferries: "active", tides: "active" });
});

test("nothing closed, unknown or unchosen is joined", async () => {
  const before = await dump(world);
  for (const link of [manage, preferences]) {
    for (const newsletter of ["harbour", "never-was", ""]) {
      const answer = await world.post(link, { do: "join", newsletter });
      expect(await answer.text()).toContain("Please tick at least one newsletter.");
    }
  }
  expect(await dump(world)).toBe(before);
});

test("name and language change by either link; what looks like a link is no name, and an unknown language changes nothing", async () => {
  await world.post(preferences, { do: "profile", name: "  Ada\nLovelace ", language: "de" });
  const read = () =>
    world.ctx.store.db.selectFrom("subscribers").select(["name", "language"]).where("id", "=", 2).executeTakeFirst();
  expect(await read()).toEqual({ name: "Ada Lovelace", language: "de" });
  expect(await (await world.get(preferences)).text()).toContain('<html lang="de"');
  await world.post(manage, { do: "profile", name: "Buy at http://evil.tld", language: "xx" });
  expect(await read()).toEqual({ name: "", language: "de" });
  await world.post(manage, { do: "profile", name: "Ada", language: "" });
  expect(await read()).toEqual({ name: "Ada", language: null });
});

test("the reader's own data come as a file that holds theirs and nobody else's (LAW-04)", async () => {
  const answer = await world.get(`${manage}/data`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-disposition")).toBe('attachment; filename="my-data.json"');
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const text = await answer.text();
  expect(text).not.toContain("bea");
  expect(JSON.parse(text)).toMatchObject({
    address: ada,
    addressConfirmedAt: "2026-11-22T08:00:00.000Z",
    subscriptions: [{ newsletter: "tides", status: "active", pausedUntil: null }],
    consents: [{ event: "asked" }, { event: "confirmed", newsletter: "tides" }],
    issues: [{ newsletter: "tides", issue: "one", state: "accepted", feedback: null }],
    mails: [{ kind: "confirmation" }, { kind: "welcome" }, { kind: "link" }],
  });
  expect((await world.get(`${preferences.replace("/p/", "/manage/")}/data`)).status).toBe(404);
});

test("erasing oneself is asked for once; fifty presses erase once, and all are told so", async () => {
  const asked = await (await world.get(`${manage}/erase`)).text();
  expect(asked).toContain("Shall we forget you?");
  const answers = await Promise.all(Array.from({ length: 50 }, () => world.post(`${manage}/erase`)));
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("We have forgotten you");
  }
  // Mails that the outbox keeps where there is no disk are its own affair, and end by themselves (LAW-06).
  const tables = (JSON.parse(await dump(world)) as [string, unknown][]).filter(([name]) => !name.startsWith("outbox_"));
  expect(JSON.stringify(tables)).not.toContain("ada@reader");
  expect(await standing(bea)).toEqual({ tides: "active" });
  expect(await (await world.get(manage)).text()).toContain("You are not on any of our lists");
});

test("everything that the link of an issue may do, the fresh one may do too", async () => {
  expect(await (await world.post(manage, { do: "pause", newsletter: "tides", weeks: "1" })).text()).toContain(
    "pauses until",
  );
  await world.post(manage, { newsletter: "all" });
  expect(await standing(ada)).toEqual({ tides: "unsubscribed" });
});
