import { expect, test } from "vitest";
import { remindPending } from "../../src/subscription/remind.ts";
import { minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

test("answers held up by an outage leave ten minutes apart, however late (DOI-22)", async () => {
  await using world = await openWorld();
  for (const slug of ["tides", "ferries", "markets"]) await world.newsletter(slug);
  world.fault = () => ({ result: "unsure", reason: "down" });
  for (const slug of ["tides", "ferries", "markets"]) {
    await world.signUp(ada, slug);
    await world.drain();
    world.advance(11 * minute);
  }
  world.fault = () => null;
  await world.drain();
  expect(await world.mails(ada)).toHaveLength(1);
  world.advance(9 * minute);
  await world.drain();
  expect(await world.mails(ada)).toHaveLength(1);
  world.advance(minute);
  await world.drain();
  // The two that waited together have become one mail.
  expect(await world.mails(ada)).toHaveLength(2);
  world.advance(60 * minute);
  await world.drain();
  expect(await world.mails(ada)).toHaveLength(2);
});

/** When mails to an address and its variants left, in minutes since the first of them. */
async function leftAt(world: World, name: string): Promise<number[]> {
  const mails = (await world.ctx.keep?.list({ limit: 100 })) ?? [];
  const times = mails.flatMap(({ to, at }) => (to.startsWith(name) ? [at] : [])).sort((a, b) => a - b);
  return times.map((at) => Math.round((at - (times[0] ?? 0)) / minute));
}

/** Time goes on, and every ten minutes what is due then leaves. */
async function passes(world: World, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 10) {
    world.advance(10 * minute);
    await world.drain();
  }
}

test("one mailbox behind several addresses gets them ten minutes apart, although no process ran for an hour", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  for (const address of ["victim@reader.example", "victim+a@reader.example", "victim+b@reader.example"]) {
    await world.signUp(address, "tides");
    world.advance(minute);
  }
  world.advance(60 * minute);
  await world.drain();
  expect(await leftAt(world, "victim")).toEqual([0]);
  await passes(world, 60);
  expect(await leftAt(world, "victim")).toEqual([0, 10, 20]);
});

test.each(["link", "address"])("so it is with mails of whatever kind: reminder, confirmation, %s", async (last) => {
  await using world = await openWorld({ instance: { remindHours: 24 } });
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
  await world.join(ada, "tides");
  await world.join("bob@reader.example", "tides");
  await world.signUp("ada+b@reader.example", "tides");
  await passes(world, 24 * 60);
  await world.post("/preferences", { email: "bob@reader.example" });
  await passes(world, 30);
  const bob = (await world.mails("bob@reader.example")).at(-1)?.manageLink ?? "";
  expect(await leftAt(world, "ada")).toEqual([0, 10]);

  // For 40 minutes nobody pays what is owed now.
  expect(await remindPending(world.ctx)).toBe(1);
  await world.signUp(ada, "ferries");
  if (last === "link") await world.post("/preferences", { email: ada });
  else await world.post(bob, { do: "address", email: "ada+c@reader.example" });
  const { db } = world.ctx.store;
  const waiting = db.selectFrom("notices").select("kind").where("batch", "is", null).where("state", "is", null);
  const kinds = await waiting.orderBy("due_at").execute();
  expect(kinds.map(({ kind }) => kind)).toEqual(["reminder", "confirmation", last]);
  world.advance(40 * minute);
  await passes(world, 30);
  const start = 24 * 60 + 30 + 40 + 10;
  expect(await leftAt(world, "ada")).toEqual([0, 10, start, start + 10, start + 20]);
});

test("three a day they are by when they really left", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  const day = 24 * 60;
  for (const address of ["victim@reader.example", "victim+a@reader.example", "victim+b@reader.example"]) {
    await world.signUp(address, "tides");
  }
  // They leave nearly a day late; a day after they were asked for, the next is asked for.
  world.advance((day - 40) * minute);
  await passes(world, 60);
  await world.signUp("victim+c@reader.example", "tides");
  await passes(world, day - 70);
  expect(await leftAt(world, "victim")).toEqual([0, 10, 20]);
  await passes(world, 60);
  expect(await leftAt(world, "victim")).toEqual([0, 10, 20, day]);
});
