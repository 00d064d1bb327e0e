import { renameSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { issueStatus } from "../../src/issue/find.ts";
import type { Outcome } from "../../src/provider/contract.ts";
import { onDisk } from "../world/platform.ts";
import { hour, minute, openWorld, type World } from "../world.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.newsletter("tides");
});
afterEach(() => world.close());

/** Lets time pass in steps, paying what falls due. */
async function pass(ms: number, step = minute): Promise<void> {
  for (let gone = 0; gone < ms; gone += step) {
    world.advance(step);
    await world.drain();
  }
}

test.each([
  ["unreachable", { result: "retry", reason: "no route" }],
  ["silent", { result: "unsure", reason: "no answer" }],
  ["out of quota", { result: "pause", reason: "daily quota", after: hour }],
  ["refusing our key", { result: "halt", reason: "wrong key" }],
] as [string, Outcome][])(
  "while the provider is %s, a confirmation mail waits, and it leaves once afterwards",
  async (_, outcome) => {
    world.fault = () => outcome;
    await world.signUp("ada@reader.example", "tides");
    await pass(hour, 5 * minute);
    expect(await world.mails()).toEqual([]);
    world.fault = () => null;
    await pass(2 * hour, 5 * minute);
    expect((await world.mails()).map((mail) => mail.to)).toEqual(["ada@reader.example"]);
    expect((await world.confirm("ada@reader.example")).status).toBe(303);
  },
);

test("an issue goes on where it stopped, and each reader gets it once", async () => {
  for (const name of ["ada", "bea", "cyd"]) await world.join(`${name}@reader.example`, "tides");
  const before = (await world.mails()).length;
  world.fault = () => ({ result: "retry", reason: "no route" });
  await world.send("tides", "one");
  await pass(hour, 5 * minute);
  expect((await issueStatus(world.ctx, { newsletter: "tides", slug: "one" })).issue).toMatchObject({
    status: "sending",
    error: expect.stringContaining("no route"),
  });
  world.fault = () => null;
  await pass(hour, 5 * minute);
  expect(
    (await world.mails())
      .slice(before)
      .map((mail) => mail.to)
      .sort(),
  ).toEqual(["ada", "bea", "cyd"].map((name) => `${name}@reader.example`));
  expect((await issueStatus(world.ctx, { newsletter: "tides", slug: "one" })).issue).toMatchObject({
    status: "sent",
    error: null,
  });
});

test.runIf(onDisk)(
  "with a file where the outbox folder should be, mails wait, and leave once the folder is back",
  async () => {
    await world.join("ada@reader.example", "tides");
    const { outbox } = world.config;
    renameSync(outbox, `${outbox}.away`);
    writeFileSync(outbox, "in the way");
    await world.signUp("bea@reader.example", "tides");
    await world.drain();
    expect(world.logged.some((line) => line.includes("batch waits"))).toBe(true);
    rmSync(outbox);
    renameSync(`${outbox}.away`, outbox);
    await pass(10 * minute);
    expect((await world.mails()).map((mail) => mail.to)).toEqual(["ada@reader.example", "bea@reader.example"]);
  },
);
