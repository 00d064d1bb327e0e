import { afterEach, beforeEach, expect, test } from "vitest";
import { releaseMail, viewHeld } from "../../../src/issue/release.ts";
import { tick } from "../../../src/jobs.ts";
import { day, hour, minute, openWorld, type World } from "../../world.ts";
import { answerOf, ask, networkNo } from "./asking.ts";

const ahead = 365 * day;

let world: World;
let start: number;
beforeEach(async () => {
  world = await openWorld({ guarded: true });
  await world.newsletter("tides");
  await tick(world.ctx);
  start = world.clock.now;
});
afterEach(() => world.close());

let next = 0;

/** Signs somebody up by the slow lane. */
async function slowly(): Promise<{ state: string; wait: number }> {
  next += 1;
  const email = `reader${next}@gmail.com`;
  await ask(world, networkNo(next), { email, seen: "1" });
  return answerOf(world, email);
}

/** The clock jumps ahead, people sign up, and it is put back. */
async function jump(): Promise<void> {
  world.clock.now = start + ahead;
  await tick(world.ctx);
  for (let n = 0; n < 3; n += 1) await slowly();
  await world.signUp("ada@gmail.com", "tides");
  await world.drain();
  world.clock.now = start + hour;
}

test("a clock that was ahead for a while does not shut the slow lane", async () => {
  await jump();
  expect(await slowly()).toMatchObject({ state: "waiting", wait: 0 });
  expect((await slowly()).wait).toBe(6_000);
});

test("nor keep an address from its next mail for longer than a mail of now would", async () => {
  await jump();
  await ask(world, networkNo(1), { email: "ada@gmail.com" });
  const { state, wait } = await answerOf(world, "ada@gmail.com");
  expect([state, wait]).toEqual(["waiting", 10 * minute]);
});

test("nor count what it counted then against those who come now", async () => {
  await world.instance({ signupLimits: { total: 3 } });
  await jump();
  await ask(world, networkNo(1), { email: "bea@gmail.com" });
  expect(await answerOf(world, "bea@gmail.com")).toMatchObject({ reason: null, wait: 0 });
});

test("a mail that such a clock has noted counts once, and not as long as the clock was ahead (DOI-22)", async () => {
  await jump();
  const seen: number[] = [];
  for (let time = 0; time < 8; time += 1) {
    await ask(world, networkNo(time), { email: "ada@gmail.com" });
    const { state } = await answerOf(world, "ada@gmail.com");
    if (state === "waiting") seen.push(time);
    await world.ctx.store.db.updateTable("notices").set({ state: "skipped" }).where("batch", "is", null).execute();
    world.advance(5 * hour);
  }
  // Two more make three in a day; then a day goes by.
  expect(seen).toEqual([0, 1, 5, 6]);
});

test("letting mails go again after such a clock forgets what only it knew", async () => {
  world.clock.now = start + 5 * hour;
  await tick(world.ctx);
  await world.ctx.store.db
    .insertInto("rates")
    .values({ key: "lane", start: 0, n: world.clock.now + 4 * hour })
    .execute();
  await slowly();
  world.clock.now = start;
  await tick(world.ctx);
  const { held } = await viewHeld(world.ctx);
  expect(held?.kind).toBe("clock");
  await releaseMail(world.ctx, { at: held?.at ?? 0, dropNotices: false });
  expect((await slowly()).wait).toBe(6_000);
  const rates = await world.ctx.store.db.selectFrom("rates").select("start").execute();
  expect(Math.max(...rates.map((rate) => rate.start))).toBeLessThanOrEqual(start);
  const throttles = await world.ctx.store.db.selectFrom("throttles").select("times").execute();
  for (const { times } of throttles) expect(JSON.parse(times)[0]).toBeLessThanOrEqual(start + 6_000);
});
