import { expect, test } from "vitest";
import { tick } from "../../src/jobs.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { day, hour, minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

async function open(remindHours: number | null = 24): Promise<World> {
  const world = await openWorld({ instance: { remindHours } });
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
  return world;
}

async function wait(world: World, ms: number): Promise<void> {
  world.advance(ms);
  await tick(world.ctx);
  await world.drain();
}

async function subjects(world: World, to = ada): Promise<number> {
  return (await world.mails(to)).length;
}

test("who has not confirmed is reminded once, and confirms by the link of the reminder", async () => {
  await using world = await open();
  await world.signUp(ada, ["tides", "ferries"]);
  await world.drain();
  await wait(world, 23 * hour);
  expect(await subjects(world)).toBe(1);
  await wait(world, hour);
  expect(await subjects(world)).toBe(2);
  for (let days = 0; days < 10; days += 1) await wait(world, day / 2);
  expect(await subjects(world)).toBe(2);
  const [first, reminder] = await world.mails(ada);
  expect(reminder?.confirmLink).not.toBe(first?.confirmLink);
});

test("the reminder's link confirms all that was asked for", async () => {
  await using world = await open();
  await world.signUp(ada, ["tides", "ferries"]);
  await world.drain();
  await wait(world, 24 * hour);
  expect((await world.confirm(ada)).status).toBe(303);
  const rows = await world.ctx.store.db.selectFrom("subscriptions").select("status").execute();
  expect(rows.map(({ status }) => status)).toEqual(["active", "active"]);
});

test("nobody is reminded unless the operator wants it", async () => {
  await using world = await open(null);
  await world.signUp(ada, "tides");
  await world.drain();
  for (let n = 0; n < 6; n += 1) await wait(world, 12 * hour);
  expect(await subjects(world)).toBe(1);
});

test("who has confirmed, left or is suppressed is not reminded", async () => {
  await using world = await open();
  await world.join("confirmed@reader.example", "tides");
  await world.signUp("not-me@reader.example", "tides");
  await world.signUp("blocked@reader.example", "tides");
  await world.drain();
  await addSuppression(world.ctx, { address: "blocked@reader.example" });
  const [mail] = await world.mails("not-me@reader.example");
  await world.post(`${mail?.confirmLink}/not-me`);
  await wait(world, 24 * hour);
  await wait(world, hour);
  for (const name of ["confirmed", "not-me", "blocked"])
    expect(await subjects(world, `${name}@reader.example`), name).toBe(1);
});

test("who was never asked is not reminded of anything", async () => {
  await using world = await open();
  await world.post("/subscribe", { email: ada, newsletter: "tides", subject_2: "x" });
  await wait(world, 24 * hour);
  await wait(world, hour);
  expect(await subjects(world)).toBe(0);
});

test("a reminder stays within the limits of all mails to an address (DOI-22)", async () => {
  await using world = await open(1);
  for (let n = 0; n < 3; n += 1) {
    await world.signUp(ada, "tides");
    await world.drain();
    world.advance(15 * minute);
  }
  expect(await subjects(world)).toBe(3);
  await wait(world, hour);
  await wait(world, hour);
  expect(await subjects(world)).toBe(3);
});

test("a tick at the same moment in two processes reminds once", async () => {
  await using world = await open();
  await world.signUp(ada, "tides");
  await world.drain();
  world.advance(24 * hour);
  const other = await world.another();
  try {
    await Promise.all([tick(world.ctx), tick(other.ctx), tick(world.ctx)]);
  } finally {
    other.close();
  }
  await world.drain();
  expect(await subjects(world)).toBe(2);
});

test("an option turned on today wakes nobody of long ago", async () => {
  await using world = await open(null);
  await world.signUp(ada, "tides");
  await world.drain();
  await wait(world, 3 * day);
  await world.instance({ remindHours: 24 });
  await wait(world, minute);
  expect(await subjects(world)).toBe(1);
});

test("a reader is not reminded of a sign-up that a bot made for another newsletter", async () => {
  await using world = await open();
  await world.join(ada, "tides");
  await world.drain();
  const before = await subjects(world);
  await world.signUp(ada, "ferries", { subject_2: "x" });
  await world.drain();
  await wait(world, 25 * hour);
  expect(await subjects(world)).toBe(before);
});
