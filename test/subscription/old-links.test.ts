import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { removeSuppression } from "../../src/suppression/remove.ts";
import { dump } from "../world/dump.ts";
import { minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

let world: World;
let old: string;
beforeEach(async () => {
  world = await openWorld();
  await world.newsletter("tides");
  await world.newsletter("ferries");
  await world.signUp(ada, "tides");
  await world.drain();
  old = (await world.mails(ada))[0]?.confirmLink ?? "";
});
afterEach(() => world.close());

async function statuses(): Promise<Record<string, string>> {
  const rows = await world.ctx.store.db
    .selectFrom("subscriptions as s")
    .innerJoin("newsletters as n", "n.id", "s.newsletter")
    .select(["n.slug", "s.status"])
    .execute();
  return Object.fromEntries(rows.map((row) => [row.slug, row.status]));
}

async function leave(): Promise<void> {
  await world.send("tides", "one");
  await world.drain();
  const answer = await world.post((await world.mails(ada)).at(-1)?.leaveLink ?? "");
  expect(answer.status).toBe(200);
}

/** Presses the old button and expects the page of an expired link, and no change at all. */
async function expectDead(): Promise<void> {
  const before = await dump(world);
  expect((await world.get(old)).status).toBe(410);
  expect((await world.post(old)).status).toBe(410);
  expect(await dump(world)).toBe(before);
}

describe("an old confirmation link (I6, DOI-06)", () => {
  test("does not bring back someone who left", async () => {
    await world.confirm(ada);
    await leave();
    await expectDead();
    expect(await statuses()).toEqual({ tides: "unsubscribed" });
  });

  test("does not bring back someone who left before ever confirming", async () => {
    await world.post(`/u/${world.ctx.signer.sign("leave", [1, 1])}`);
    await expectDead();
    expect(await statuses()).toEqual({ tides: "unsubscribed" });
  });

  test("does not bring back someone erased", async () => {
    await world.confirm(ada);
    await erase(world.ctx, { address: ada });
    await expectDead();
    expect(await statuses()).toEqual({});
  });

  test("does not confirm for an address that is suppressed", async () => {
    await addSuppression(world.ctx, { address: ada, reason: "complaint" });
    expect((await world.post(old)).status).toBe(410);
    expect(await statuses()).toEqual({ tides: "pending" });
    await removeSuppression(world.ctx, { address: ada });
    expect((await world.post(old)).status).toBe(303);
  });

  test("of an earlier generation does not confirm a sign-up made since leaving, whose own link does", async () => {
    await world.confirm(ada);
    await leave();
    world.advance(11 * minute);
    await world.signUp(ada, "tides");
    await world.drain();
    await expectDead();
    expect(await statuses()).toEqual({ tides: "pending" });
    expect((await world.confirm(ada)).status).toBe(303);
    expect(await statuses()).toEqual({ tides: "active" });
    await expectDead();
  });

  test("of an erased reader does not confirm the sign-up of whoever has the address now", async () => {
    await erase(world.ctx, { address: ada });
    world.advance(11 * minute);
    await world.signUp(ada, "tides");
    await world.drain();
    await expectDead();
    expect(await statuses()).toEqual({ tides: "pending" });
  });

  test("stays good beside a newer one of the same pending sign-up, for people click the older mail", async () => {
    world.advance(11 * minute);
    await world.signUp(ada, "tides");
    await world.drain();
    const mails = await world.mails(ada);
    expect(mails).toHaveLength(2);
    expect((await world.post(old)).status).toBe(303);
    expect((await world.post(mails[1]?.confirmLink ?? "")).status).toBe(303);
    expect(await statuses()).toEqual({ tides: "active" });
  });

  test("confirms what it named and nothing chosen since", async () => {
    world.advance(11 * minute);
    await world.signUp(ada, "ferries");
    await world.drain();
    await world.post(old);
    expect(await statuses()).toEqual({ tides: "active", ferries: "pending" });
  });

  test("confirms those of its newsletters that are still pending, when one of them was left meanwhile", async () => {
    await world.signUp("bea@reader.example", ["tides", "ferries"]);
    await world.drain();
    await world.post(`/u/${world.ctx.signer.sign("leave", [1, 2])}`);
    const answer = await world.confirm("bea@reader.example");
    expect(answer.headers.get("location")).toBe("/confirmed?n=ferries");
  });
});

test("a link that has expired with something still to confirm says so, although another of its newsletters is held", async () => {
  await world.confirm(ada);
  world.advance(11 * minute);
  await world.signUp(ada, ["tides", "ferries"]);
  await world.drain();
  const mixed = (await world.mails(ada)).at(-1)?.confirmLink ?? "";
  world.advance(15 * 24 * 60 * minute);
  expect((await world.get(mixed)).status).toBe(410);
  expect((await world.post(mixed)).status).toBe(410);
  expect(await statuses()).toEqual({ tides: "active", ferries: "pending" });
});
