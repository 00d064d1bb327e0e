import { expect, test } from "vitest";
import { domainDay, laneGap, longestLane } from "../../../src/subscription/guard.ts";
import { day, hour, minute, openWorld, type World } from "../../world.ts";
import { answerOf, ask, challengeFor, networkNo, payload } from "./asking.ts";

async function open(limits: Record<string, number> = {}): Promise<World> {
  const world = await openWorld({ guarded: true, instance: { signupLimits: limits, challenge: "never" } });
  await world.newsletter("tides");
  await world.newsletter("ferries");
  return world;
}

async function signUp(world: World, n: number, domain = "gmail.com", newsletter = "tides"): Promise<string> {
  const email = `reader${n}@${domain}`;
  expect((await ask(world, networkNo(n), { email, newsletter })).status).toBe(303);
  return email;
}

/** How long each of so many sign-ups waits for its mail, in ms; null where none leaves. */
async function waits(world: World, times: number, domain?: string, newsletter?: string): Promise<(number | null)[]> {
  const found: (number | null)[] = [];
  for (let n = 0; n < times; n += 1) {
    const { state, wait } = await answerOf(world, await signUp(world, n, domain, newsletter));
    found.push(state === "waiting" ? wait : null);
  }
  return found;
}

test("beyond its limit, mails to one domain leave ten a minute, in the order of asking (DOI-23)", async () => {
  await using world = await open({ domain: 3 });
  // The first of a lane that was empty need not wait.
  expect(await waits(world, 6, "village.example")).toEqual([0, 0, 0, 0, laneGap, 2 * laneGap]);
  await world.drain();
  expect(await world.recipients()).toHaveLength(4);
  world.advance(laneGap);
  await world.drain();
  expect(await world.recipients()).toHaveLength(5);
});

test("a domain where very many unrelated people have their mailboxes has no limit", async () => {
  await using world = await open({ domain: 3 });
  expect(await waits(world, 6, "gmail.com")).toEqual([0, 0, 0, 0, 0, 0]);
});

test("beyond a newsletter's limit only its own readers wait", async () => {
  await using world = await open({ newsletter: 2 });
  expect(await waits(world, 4)).toEqual([0, 0, 0, laneGap]);
  expect((await answerOf(world, await signUp(world, 10, "gmail.com", "ferries"))).wait).toBe(0);
});

test("beyond the total limit everybody waits, in one lane", async () => {
  await using world = await open({ total: 2 });
  expect(await waits(world, 4)).toEqual([0, 0, 0, laneGap]);
  expect((await answerOf(world, await signUp(world, 10, "gmail.com", "ferries"))).wait).toBe(2 * laneGap);
});

test("the lane empties while nobody comes, and the limits look back over an hour", async () => {
  await using world = await open({ total: 2 });
  await waits(world, 5);
  world.advance(hour + 10 * minute);
  expect((await answerOf(world, await signUp(world, 20))).wait).toBe(0);
});

test("a lane of a day takes nobody more, and says so in the ledger alone", async () => {
  await using world = await open({ total: 1 });
  await signUp(world, 0);
  const { db } = world.ctx.store;
  const end = world.clock.now + longestLane;
  await db
    .insertInto("rates")
    .values({ key: "lane", start: 0, n: end - 2 * laneGap })
    .onConflict((clash) => clash.columns(["key", "start"]).doUpdateSet({ n: end - 2 * laneGap }))
    .execute();
  const answers: unknown[] = [];
  for (let n = 1; n < 5; n += 1) answers.push((await answerOf(world, await signUp(world, n))).reason);
  expect(answers).toEqual(["slow", "slow", "flood", "flood"]);
});

test("repeats of one person are one mail, and take places like anybody's, from which nobody learns whose they are (I7)", async () => {
  await using world = await open({ total: 1 });
  await waits(world, 2);
  for (let n = 0; n < 5; n += 1) {
    await ask(world, networkNo(50 + n), { email: "ada@gmail.com" });
    world.advance(1);
  }
  expect((await answerOf(world, "ada@gmail.com")).wait).toBe(laneGap - 5);
  expect((await answerOf(world, await signUp(world, 2))).wait).toBe(6 * laneGap - 5);
  world.advance(hour);
  await world.drain();
  expect(await world.mails("ada@gmail.com")).toHaveLength(1);
});

test("who waits in the lane and asks again when there is none is mailed at once, and once", async () => {
  await using world = await open({ total: 1 });
  await waits(world, 4);
  world.advance(1_000);
  await world.instance({ signupLimits: { total: 1_000 } });
  await ask(world, networkNo(3), { email: "reader3@gmail.com" });
  await world.drain();
  expect(await world.mails("reader3@gmail.com")).toHaveLength(1);
  world.advance(hour);
  await world.drain();
  expect(await world.mails("reader3@gmail.com")).toHaveLength(1);
});

test("a mail that waits in the lane counts for the address like any other (DOI-22)", async () => {
  await using world = await open({ total: 1 });
  await waits(world, 100);
  const held = await answerOf(world, "reader99@gmail.com");
  expect(held.wait).toBe(98 * laneGap);
  world.advance(held.wait);
  await world.drain();
  await world.instance({ signupLimits: { total: 1_000_000 } });
  await ask(world, networkNo(99), { email: "reader99@gmail.com", newsletter: "ferries" });
  expect((await answerOf(world, "reader99@gmail.com")).wait).toBe(10 * minute);
});

test("far beyond its limit a domain gets nothing more: each of its addresses may be read in one mailbox", async () => {
  await using world = await open({ domain: 3 });
  expect((await waits(world, 9, "village.example")).map((wait) => wait !== null)).toEqual([
    ...Array(6).fill(true),
    ...Array(3).fill(false),
  ]);
});

test("a patient flood of one domain gets five times the hour's limit in a day, and then nothing more", async () => {
  await using world = await open({ domain: 3 });
  let asked = 0;
  for (let n = 0; n < 24 * 4; n += 1) {
    await signUp(world, asked++, "village.example");
    world.advance(15 * minute);
    await world.drain();
  }
  // Four an hour are more than three, and never six.
  expect(await world.recipients()).toHaveLength(domainDay * 3);
  world.advance(day - 2 * hour);
  await signUp(world, asked++, "village.example");
  world.advance(minute);
  await world.drain();
  expect(await world.recipients()).toHaveLength(domainDay * 3 + 1);
});

test("the limit of a domain is not about its proven addresses, nor about large providers, and is wider with a proof of work", async () => {
  await using world = await open({ domain: 3 });
  await world.join("ada@village.example", "tides");
  world.advance(day);
  await waits(world, 20, "village.example");
  expect((await answerOf(world, "reader19@village.example")).reason).toBe("flood");
  await ask(world, networkNo(90), { email: "ada@village.example", newsletter: "ferries" });
  expect((await answerOf(world, "ada@village.example")).state).toBe("waiting");
  expect((await waits(world, 20, "gmail.com")).every((wait) => wait === 0)).toBe(true);
  const altcha = payload(await challengeFor(world));
  await ask(world, networkNo(91), { email: "honest@village.example", altcha });
  expect((await answerOf(world, "honest@village.example")).state).toBe("waiting");
});

test("what sign-ups without proof have filled does not hold up one that has a proof (DOI-26)", async () => {
  await using world = await open({ newsletter: 3, total: 3 });
  expect((await waits(world, 5)).at(-1)).toBe(laneGap);
  const altcha = payload(await challengeFor(world));
  await ask(world, networkNo(99), { email: "honest@gmail.com", altcha });
  expect(await answerOf(world, "honest@gmail.com")).toMatchObject({ state: "waiting", wait: 0 });
});

test("a link lives as long as it may from the time that its mail may leave", async () => {
  await using world = await openWorld({
    guarded: true,
    instance: { signupLimits: { total: 1 }, challenge: "never", confirmHours: 1 },
  });
  await world.newsletter("tides");
  // Two hours of lane.
  await world.ctx.store.db
    .insertInto("rates")
    .values({ key: "lane", start: 0, n: world.clock.now + 2 * hour })
    .execute();
  await signUp(world, 0);
  const late = await signUp(world, 1);
  world.advance(2 * hour + minute);
  await world.drain();
  expect((await world.mails(late))[0]?.confirmLink).toContain("/confirm/");
});
