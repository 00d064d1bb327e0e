import { afterEach, beforeEach, expect, test } from "vitest";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

let world: World;
let link: string;
beforeEach(async () => {
  world = await openWorld();
  await world.newsletter("tides", { welcome: "Welcome aboard." });
  await world.join("bea@reader.example", "tides");
  await world.signUp(ada, "tides");
  await world.drain();
  link = (await world.mails(ada))[0]?.confirmLink ?? "";
});
afterEach(() => world.close());

/** Opens the old mail, presses its button, and expects to be told that it is too late, and to get nothing ever after. */
async function expectNothing(): Promise<void> {
  const before = (await world.mails(ada)).length;
  expect((await world.get(link)).status).toBe(410);
  expect((await world.post(link)).status).toBe(410);
  await world.drain();
  await world.send("tides", "later");
  await world.drain();
  expect((await world.mails("bea@reader.example")).at(-1)?.subject).toBe("News of later");
  expect(await world.mails(ada)).toHaveLength(before);
}

test("the old mail's button does nothing for someone who has left", async () => {
  await world.confirm(ada);
  await world.send("tides", "one");
  await world.drain();
  await world.post((await world.mails(ada)).at(-1)?.leaveLink ?? "");
  await expectNothing();
});

test("the old mail's button does nothing for someone who was erased", async () => {
  await erase(world.ctx, { address: ada });
  await expectNothing();
});

test("the old mail's button does nothing for someone who complained", async () => {
  await addSuppression(world.ctx, { address: ada, reason: "complaint" });
  await world.post(link);
  await world.send("tides", "later");
  await world.drain();
  expect(await world.mails(ada)).toHaveLength(1);
  expect((await world.post(link)).status).toBe(410);
});
