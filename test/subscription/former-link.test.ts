import { afterEach, beforeEach, expect, test } from "vitest";
import { minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";
const moved = "ada@elsewhere.example";

let world: World;
/** What stood in an issue that the old address got. */
let former: string;
beforeEach(async () => {
  world = await openWorld();
  for (const slug of ["tides", "ferries", "markets"]) await world.newsletter(slug);
  await world.join(ada, ["tides", "ferries"]);
  former = await linkOfIssue(ada);
  await world.post(former, { do: "profile", name: "Ada Lovelace", language: "" });
});
afterEach(() => world.close());

async function linkOfIssue(email: string): Promise<string> {
  await world.send("tides", `n${world.clock.now}`);
  await world.drain();
  return (await world.mails(email)).at(-1)?.preferencesLink ?? "";
}

async function move(): Promise<void> {
  world.advance(20 * minute);
  await world.post("/preferences", { email: ada });
  await world.drain();
  const manage = (await world.mails(ada)).at(-1)?.manageLink ?? "";
  await world.post(manage, { do: "address", email: moved });
  await world.drain();
  const answer = await world.post((await world.mails(moved)).at(-1)?.addressLink ?? "");
  expect(answer.status).toBe(200);
  world.advance(20 * minute);
}

async function profile(): Promise<unknown> {
  return world.ctx.store.db.selectFrom("subscribers").select(["email", "name", "language"]).executeTakeFirst();
}

async function statuses(): Promise<string[]> {
  const rows = await world.ctx.store.db.selectFrom("subscriptions").select("status").orderBy("newsletter").execute();
  return rows.map(({ status }) => status);
}

test("a link that the old address was mailed shows what is masked, and no form but to leave and to pause", async () => {
  expect(await (await world.get(former)).text()).toContain("Ada Lovelace");
  await move();
  const html = await (await world.get(former)).text();
  expect(html).toContain("a•••@elsewhere.example");
  expect(html).not.toContain("Ada Lovelace");
  expect(html).toContain("This link came to an address that you have left since.");
  expect(html).toContain('href="/preferences">ask for a fresh one');
  const kinds = [...html.matchAll(/name="do" value="(\w+)"/g)].map(([, kind]) => kind);
  expect(new Set(kinds)).toEqual(new Set(["pause"]));
});

test("it changes neither name nor language, asks to join nothing and sends no mail, whatever is posted", async () => {
  await move();
  const before = (await world.recipients()).length;
  for (const fields of [
    { do: "profile", name: "Fooled", language: "uk" },
    { do: "join", newsletter: "markets" },
    { do: "link" },
  ]) {
    expect((await world.post(former, fields)).status).toBe(200);
  }
  world.advance(20 * minute);
  await world.drain();
  expect(await profile()).toEqual({ email: moved, name: "Ada Lovelace", language: null });
  expect(await statuses()).toEqual(["active", "active"]);
  expect(await world.recipients()).toHaveLength(before);
});

test("it leaves and pauses as ever, since a mail in the old mailbox must work for ever (DOI-04)", async () => {
  await move();
  await world.post(former, { do: "pause", newsletter: "ferries", weeks: "1" });
  await world.post(former, { newsletter: "tides" });
  expect(await statuses()).toEqual(["unsubscribed", "active"]);
  const paused = await world.ctx.store.db.selectFrom("subscriptions").select("paused_until").execute();
  expect(paused.filter(({ paused_until: until }) => until !== null)).toHaveLength(1);
});

test("the link of an issue that came to the new address can do everything", async () => {
  await move();
  const fresh = await linkOfIssue(moved);
  await world.post(fresh, { do: "profile", name: "Ada", language: "uk" });
  expect(await profile()).toEqual({ email: moved, name: "Ada", language: "uk" });
  await world.post(fresh, { do: "join", newsletter: "markets" });
  expect(await statuses()).toEqual(["active", "active", "pending"]);
});

test("who has left everything before the move is told from it as well", async () => {
  world.advance(20 * minute);
  await world.post("/preferences", { email: ada });
  await world.drain();
  await world.post(former, { newsletter: "all" });
  await move();
  await world.post(former, { do: "profile", name: "Fooled", language: "uk" });
  expect(await profile()).toEqual({ email: moved, name: "Ada Lovelace", language: null });
});

test("a link that does not tell when it was mailed counts as older than any move, and as good as any before one", async () => {
  const old = `/p/${world.ctx.signer.sign("preferences", [1])}`;
  await world.post(old, { do: "profile", name: "A. L.", language: "" });
  expect(await profile()).toMatchObject({ name: "A. L." });
  await move();
  await world.post(old, { do: "profile", name: "Fooled", language: "" });
  expect(await profile()).toMatchObject({ name: "A. L." });
});
