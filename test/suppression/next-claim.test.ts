import { afterEach, beforeEach, expect, test } from "vitest";
import { addSuppression } from "../../src/suppression/add.ts";
import { removeSuppression } from "../../src/suppression/remove.ts";
import { minute, openWorld, type World } from "../world.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.newsletter("tides");
  await world.newsletter("ferries");
  for (const name of ["ada", "bea", "cyd"]) await world.join(`${name}@reader.example`, ["tides", "ferries"]);
});
afterEach(() => world.close());

/** Who gets an issue that is sent now. */
async function readersOf(newsletter: string): Promise<string[]> {
  world.advance(1);
  const before = (await world.recipients()).length;
  await world.send(newsletter, `n${world.clock.now}`);
  await world.drain();
  return (await world.recipients()).slice(before).map((address) => address.split("@")[0] ?? "");
}

async function exceptions() {
  return world.ctx.store.db
    .selectFrom("deliveries")
    .select(["state", "reason"])
    .where("state", "is not", null)
    .execute();
}

test("a suppressed reader is not planned at all", async () => {
  await addSuppression(world.ctx, { address: "bea@reader.example" });
  expect(await readersOf("tides")).toEqual(["ada", "cyd"]);
  expect(await world.ctx.store.db.selectFrom("deliveries").selectAll().execute()).toHaveLength(2);
});

test("one newsletter's suppression leaves the others alone", async () => {
  await addSuppression(world.ctx, { address: "bea@reader.example", newsletter: "tides" });
  expect(await readersOf("tides")).toEqual(["ada", "cyd"]);
  expect(await readersOf("ferries")).toEqual(["ada", "bea", "cyd"]);
});

test("a suppression between planning and sending is honoured by the claim, and counted as skipped (SUP-01)", async () => {
  const before = (await world.recipients()).length;
  world.fault = () => ({ result: "retry", reason: "not yet" });
  await world.send("tides", "one");
  await world.drain();
  expect(await world.ctx.store.db.selectFrom("deliveries").selectAll().execute()).toHaveLength(3);
  await addSuppression(world.ctx, { address: "bea@reader.example", reason: "complaint" });
  world.fault = () => null;
  world.advance(10 * minute);
  await world.drain();
  expect((await world.recipients()).slice(before)).toEqual(["ada@reader.example", "cyd@reader.example"]);
  expect(await exceptions()).toEqual([{ state: "skipped", reason: "suppressed" }]);
});

test("whoever is taken off the list gets the next issue, without confirming anew", async () => {
  await addSuppression(world.ctx, { address: "bea@reader.example" });
  expect(await readersOf("tides")).not.toContain("bea");
  await removeSuppression(world.ctx, { address: "bea@reader.example" });
  expect(await readersOf("tides")).toContain("bea");
});
