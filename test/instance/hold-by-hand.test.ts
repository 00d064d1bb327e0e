import { expect, test } from "vitest";
import { holdMail } from "../../src/instance/hold.ts";
import { holdByHand } from "../../src/instance/hold-by-hand.ts";
import { releaseMail, viewHeld } from "../../src/issue/release.ts";
import { openWorld } from "../world.ts";

test("mails held by hand wait, and all of them leave once they are released", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  await world.join("ada@reader.example", "tides");
  await world.send("tides", "one");
  expect(await holdByHand(world.ctx, { restored: false })).toMatchObject({ set: true, held: { kind: "hand" } });
  await world.signUp("bea@reader.example", "tides");
  await world.drain();
  expect(await world.recipients()).toEqual(["ada@reader.example"]);
  const { held, issues, notices } = await viewHeld(world.ctx);
  expect(issues).toMatchObject([{ fate: "goes-on" }]);
  expect(notices).toEqual({ old: 0, fresh: 1 });
  await releaseMail(world.ctx, { at: held?.at ?? 0, dropNotices: false });
  await world.drain();
  expect((await world.recipients()).toSorted()).toEqual([
    "ada@reader.example",
    "ada@reader.example",
    "bea@reader.example",
  ]);
});

test("an older state that was put back unnoticed is said to be one: what was being sent is paused", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  await world.join("ada@reader.example", "tides");
  await world.send("tides", "one");
  const { held } = await holdByHand(world.ctx, { restored: true });
  expect(await releaseMail(world.ctx, { at: held.at, dropNotices: true })).toMatchObject({ paused: ["tides/one"] });
  await world.drain();
  expect(await world.recipients()).toEqual(["ada@reader.example"]);
});

test("the word that an older state was put back weighs more than other holds, and a hold by hand less than any", async () => {
  await using world = await openWorld();
  await holdByHand(world.ctx, { restored: false });
  world.advance(1);
  expect(await holdByHand(world.ctx, { restored: true })).toMatchObject({ set: true, held: { kind: "restored" } });
  expect(await holdByHand(world.ctx, { restored: false })).toMatchObject({ set: false, held: { kind: "restored" } });
  await holdMail(world.ctx, { kind: "clock", reason: "late." });
  expect((await viewHeld(world.ctx)).held?.kind).toBe("restored");
});
