import { afterEach, beforeEach, expect, test } from "vitest";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { listSuppressions } from "../../src/suppression/find.ts";
import { removeSuppression } from "../../src/suppression/remove.ts";
import { day, openWorld, type World } from "../world.ts";

const address = "ada@reader.example";
const reasons = ["manual", "hard-bounce", "complaint"] as const;

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.newsletter("tides");
});
afterEach(() => world.close());

async function reasonNow(): Promise<string | undefined> {
  const [only, ...others] = await listSuppressions(world.ctx, { limit: 10 });
  expect(others).toEqual([]);
  return only?.reason;
}

test.each(
  reasons.flatMap((first, at) =>
    reasons.map((second, place) => [first, second, reasons[Math.max(at, place)]] as const),
  ),
)("%s, then %s: %s stays (RULES §5)", async (first, second, stays) => {
  await addSuppression(world.ctx, { address, reason: first });
  const { added } = await addSuppression(world.ctx, { address, reason: second });
  expect(await reasonNow()).toBe(stays);
  expect(added).toBe(second === stays && first !== second);
});

test("an address is suppressed once, however it is written", async () => {
  expect(await addSuppression(world.ctx, { address: " ADA@Reader.Example " })).toEqual({ added: true });
  expect(await addSuppression(world.ctx, { address })).toEqual({ added: false });
  expect(await reasonNow()).toBe("manual");
});

test("one newsletter and all of them are kept apart", async () => {
  await addSuppression(world.ctx, { address, newsletter: "tides" });
  await addSuppression(world.ctx, { address, reason: "complaint" });
  const held = await listSuppressions(world.ctx, { limit: 10 });
  expect(held.map((one) => [one.newsletter, one.reason])).toEqual([
    [null, "complaint"],
    ["tides", "manual"],
  ]);
  await removeSuppression(world.ctx, { address, newsletter: "tides" });
  expect(await reasonNow()).toBe("complaint");
});

test("a complaint that is kept only as a hash, after an erasure, can be lifted (RULES §5)", async () => {
  const isMailed = async () => {
    const before = (await world.mails(address)).length;
    await world.signUp(address, "tides");
    await world.drain();
    world.advance(day);
    return (await world.mails(address)).length > before;
  };
  await world.join(address, "tides");
  await addSuppression(world.ctx, { address, reason: "complaint" });
  await erase(world.ctx, { address });
  world.advance(day);
  expect(await isMailed()).toBe(false);
  await expect(removeSuppression(world.ctx, { address, newsletter: "tides" })).rejects.toMatchObject({
    code: "not-found",
  });
  await removeSuppression(world.ctx, { address: "ADA@reader.example" });
  expect(await reasonNow()).toBeUndefined();
  expect(await isMailed()).toBe(true);
  await expect(removeSuppression(world.ctx, { address })).rejects.toMatchObject({ code: "not-found" });
});

test("what is not suppressed cannot be taken back, and the refusal says where it looked", async () => {
  await addSuppression(world.ctx, { address, newsletter: "tides" });
  await expect(removeSuppression(world.ctx, { address })).rejects.toMatchObject({
    code: "not-found",
    message: "This address is not suppressed everywhere.",
  });
  await expect(addSuppression(world.ctx, { address, newsletter: "tide" })).rejects.toMatchObject({
    code: "not-found",
    details: { hint: "Did you mean tides?" },
  });
  await expect(addSuppression(world.ctx, { address: "ada" })).rejects.toMatchObject({ code: "invalid" });
});

test("pages of the list follow on from one another", async () => {
  for (let at = 0; at < 7; at += 1) await addSuppression(world.ctx, { address: `r${at}@reader.example` });
  const first = await listSuppressions(world.ctx, { limit: 4 });
  const second = await listSuppressions(world.ctx, { limit: 4, before: first.at(-1)?.id });
  expect([...first, ...second].map((one) => one.address)).toEqual(
    [6, 5, 4, 3, 2, 1, 0].map((at) => `r${at}@reader.example`),
  );
});
