import { expect, test } from "vitest";
import { purgeRates } from "../../../src/subscription/rates.ts";
import { day, hour, minute, openWorld, type World } from "../../world.ts";
import { answerOf, ask, challengeFor, networkNo, payload } from "./asking.ts";

async function open(challenge: "auto" | "always" | "never" = "auto"): Promise<World> {
  const world = await openWorld({ guarded: true, instance: { challenge } });
  await world.newsletter("tides");
  return world;
}

let next = 0;

/** Signs so many different people up, each from elsewhere; tells how many wait in the slow lane. */
async function crowd(world: World, times: number): Promise<number> {
  let slow = 0;
  for (let n = 0; n < times; n += 1) {
    next += 1;
    const email = `reader${next}@gmail.com`;
    expect((await ask(world, networkNo(next), { email })).status).toBe(303);
    if ((await answerOf(world, email)).reason === "slow") slow += 1;
  }
  return slow;
}

test("from sixty sign-ups in ten minutes on, those without a proof of work wait (DOI-23)", async () => {
  await using world = await open();
  expect(await crowd(world, 60)).toBe(0);
  expect(await crowd(world, 5)).toBe(5);
  expect((await challengeFor(world)).required).toBe(true);
});

test("a proof of work is answered at once meanwhile", async () => {
  await using world = await open();
  await crowd(world, 65);
  const altcha = payload(await challengeFor(world));
  await ask(world, networkNo(9_000), { email: "honest@gmail.com", altcha });
  expect(await answerOf(world, "honest@gmail.com")).toMatchObject({ reason: null, wait: 0 });
});

test("the level falls by itself once the crowd has gone", async () => {
  await using world = await open();
  await crowd(world, 65);
  world.advance(20 * minute);
  expect((await challengeFor(world)).required).toBe(false);
  expect(await crowd(world, 1)).toBe(0);
});

test("where many sign-ups are usual at this time of day, five times as many are", async () => {
  await using world = await open();
  const start = Math.floor(world.clock.now / (10 * minute)) * 10 * minute;
  const usual = [1, 2, 3, 4, 5, 6, 7].map((days) => ({ key: "total", start: start - days * day, n: 20 }));
  await world.ctx.store.db.insertInto("rates").values(usual).execute();
  expect(await crowd(world, 100)).toBe(0);
  expect(await crowd(world, 2)).toBe(2);
});

test("what is usual is remembered for a week and longer, a domain for a day, everything else for two hours", async () => {
  await using world = await open();
  await crowd(world, 3);
  const kept = async () => {
    await purgeRates(world.ctx);
    const rows = await world.ctx.store.db.selectFrom("rates").select("key").where("start", ">", 0).execute();
    return [...new Set(rows.map(({ key }) => key.split(":")[0]))];
  };
  expect(await kept()).toEqual(["domain", "network", "newsletter", "total"]);
  world.advance(3 * hour);
  expect(await kept()).toEqual(["domain", "total"]);
  world.advance(22 * hour);
  expect(await kept()).toEqual(["domain", "total"]);
  world.advance(6 * day);
  expect(await kept()).toEqual(["total"]);
  world.advance(2 * day);
  expect(await purgeRates(world.ctx)).toBe(1);
});

test("'always' has every sign-up without a proof wait, 'never' none", async () => {
  await using strict = await open("always");
  expect((await challengeFor(strict)).required).toBe(true);
  expect(await crowd(strict, 2)).toBe(2);
  await ask(strict, networkNo(1), { email: "ada@gmail.com", altcha: payload(await challengeFor(strict)) });
  expect((await answerOf(strict, "ada@gmail.com")).reason).toBe(null);

  await using lax = await open("never");
  expect(await crowd(lax, 70)).toBe(0);
  expect((await challengeFor(lax)).required).toBe(false);
});
