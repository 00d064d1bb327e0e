import { afterAll, beforeAll, expect, test } from "vitest";
import { listSubscribers, showSubscriber } from "../../src/subscriber/find.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { openWorld, type World } from "../world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
  for (let at = 0; at < 12; at += 1) await world.signUp(`r${at}@reader.example`, at % 3 === 0 ? "ferries" : "tides");
  await world.drain();
  for (const at of [1, 3, 4]) await world.confirm(`r${at}@reader.example`);
});
afterAll(() => world.close());

const names = (list: { email: string }[]) => list.map((one) => one.email.split("@")[0]);

test("subscribers are listed page by page, each with their subscriptions", async () => {
  const first = await listSubscribers(world.ctx, { after: 0, limit: 5 });
  const second = await listSubscribers(world.ctx, { after: first.at(-1)?.id ?? 0, limit: 50 });
  expect([...names(first), ...names(second)]).toEqual(Array.from({ length: 12 }, (_, at) => `r${at}`));
  expect(first[1]).toMatchObject({
    email: "r1@reader.example",
    provenAt: world.clock.now,
    language: null,
    subscriptions: [{ newsletter: "tides", status: "active", since: world.clock.now, pausedUntil: null, source: {} }],
  });
});

test("a list can be of one newsletter, of one status, or of both", async () => {
  const page = { after: 0, limit: 100 };
  expect(names(await listSubscribers(world.ctx, { ...page, newsletter: 2 }))).toEqual(["r0", "r3", "r6", "r9"]);
  expect(names(await listSubscribers(world.ctx, { ...page, status: "active" }))).toEqual(["r1", "r3", "r4"]);
  expect(names(await listSubscribers(world.ctx, { ...page, newsletter: 1, status: "active" }))).toEqual(["r1", "r4"]);
  expect(await listSubscribers(world.ctx, { ...page, newsletter: 99 })).toEqual([]);
});

test("one subscriber is found by address, however it is written, with suppressions", async () => {
  await addSuppression(world.ctx, { address: "r4@reader.example", newsletter: "tides" });
  expect(await showSubscriber(world.ctx, " R4@READER.example")).toMatchObject({
    email: "r4@reader.example",
    suppressions: [{ newsletter: "tides", reason: "manual", at: world.clock.now }],
    consents: [{ event: "asked" }, { event: "confirmed" }],
  });
});

test("whoever is not there is not found, and a suppression alone is hinted at", async () => {
  await expect(showSubscriber(world.ctx, "nobody@reader.example")).rejects.toMatchObject({
    code: "not-found",
    details: {},
  });
  await addSuppression(world.ctx, { address: "nobody@reader.example" });
  await expect(showSubscriber(world.ctx, "nobody@reader.example")).rejects.toMatchObject({
    code: "not-found",
    details: { hint: expect.stringContaining("suppressed") },
  });
  await expect(showSubscriber(world.ctx, "nobody")).rejects.toMatchObject({
    code: "invalid",
    details: { field: "address" },
  });
});
