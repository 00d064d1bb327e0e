import { afterEach, beforeEach, expect, test } from "vitest";
import { day, hour, minute, openWorld, type World } from "../../world.ts";
import { answerOf, ask, networkNo } from "./asking.ts";

const ada = "ada@reader.example";
const stranger = networkNo(7);

let world: World;
beforeEach(async () => {
  world = await openWorld({ guarded: true });
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
  await world.join(ada, "tides");
  world.advance(2 * day);
  // The slow lane is eight hours long.
  await world.ctx.store.db
    .insertInto("rates")
    .values({ key: "lane", start: 0, n: world.clock.now + 8 * hour })
    .onConflict((clash) => clash.columns(["key", "start"]).doUpdateSet({ n: world.clock.now + 8 * hour }))
    .execute();
});
afterEach(() => world.close());

/** Asks in her name, so that the mail waits in the slow lane. */
async function slowly(newsletter: string): Promise<void> {
  await ask(world, stranger, { email: ada, newsletter, seen: "1" });
  expect(await answerOf(world, ada)).toMatchObject({ state: "waiting", reason: "slow" });
  expect((await answerOf(world, ada)).wait).toBeGreaterThan(7 * hour);
}

/** Mails to her so far, after the one by which she joined. */
async function mails() {
  await world.drain();
  return (await world.mails(ada)).slice(1);
}

test("a stranger who signs a reader up by the slow lane does not hold up the link that she asks for", async () => {
  await slowly("ferries");
  await world.post("/preferences", { email: ada });
  expect((await mails()).map((mail) => mail.manageLink !== "")).toEqual([true]);
});

test("nor does one who asks for her link by the slow lane", async () => {
  await world.post("/preferences", { email: ada, seen: "1" });
  expect(await mails()).toEqual([]);
  await world.post("/preferences", { email: ada });
  expect((await mails()).map((mail) => mail.manageLink !== "")).toEqual([true]);
});

test("asking again in the slow lane brings no second link", async () => {
  for (let time = 0; time < 3; time += 1) {
    await world.post("/preferences", { email: ada, seen: "1" });
    world.advance(11 * minute);
  }
  world.advance(7.5 * hour);
  expect(await mails()).toHaveLength(1);
});

test("her own sign-up takes the waiting mail with it, and the next mail waits ten minutes from then", async () => {
  await slowly("ferries");
  await ask(world, networkNo(1), { email: ada, newsletter: "ferries" });
  expect((await mails()).map((mail) => mail.confirmLink !== "")).toEqual([true]);
  await world.post("/preferences", { email: ada });
  expect(await mails()).toHaveLength(1);
  world.advance(10 * minute);
  expect(await mails()).toHaveLength(2);
});

test("so it is where the lane is short, too", async () => {
  await world.ctx.store.db
    .updateTable("rates")
    .set({ n: world.clock.now + 5 * minute })
    .where("key", "=", "lane")
    .execute();
  await ask(world, stranger, { email: ada, newsletter: "ferries", seen: "1" });
  await ask(world, networkNo(1), { email: ada, newsletter: "ferries" });
  expect(await mails()).toHaveLength(1);
});

test("however strangers and she ask, by the lane or not, three mails leave in a day, ten minutes apart (DOI-22)", async () => {
  const seen: number[] = [];
  let known = 0;
  for (let time = 0; time < 4 * 6 * 24; time += 1) {
    const step = time % 7;
    if (step === 0) await ask(world, networkNo(time % 90), { email: ada, newsletter: "ferries", seen: "1" });
    if (step === 2) await ask(world, networkNo(time % 90), { email: `ada+${time % 5}@reader.example`, seen: "1" });
    if (step === 3) await world.post("/preferences", { email: ada });
    if (step === 5) await ask(world, networkNo(time % 90), { email: ada });
    world.advance(10 * minute - (time % 3));
    await world.drain();
    const now = (await world.recipients()).filter((to) => /^ada(\+\d)?@/.test(to)).length;
    for (; known < now; known += 1) seen.push(world.clock.now);
  }
  // The first is the one by which she joined.
  const times = seen.slice(1);
  expect(times.length).toBeGreaterThan(2);
  for (const [at, time] of times.entries()) {
    expect(times.filter((other) => other > time - day && other <= time).length, String(at)).toBeLessThanOrEqual(3);
    expect(times.filter((other) => other > time - 9 * minute && other <= time)).toHaveLength(1);
  }
});
