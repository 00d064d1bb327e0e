import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { onDisk } from "../world/platform.ts";
import { openWorld, type World } from "../world.ts";

async function pressFromTwoProcesses(world: World, path: string): Promise<string[]> {
  const env = {
    TIDINGS_PUBLIC_URL: world.config.publicUrl,
    TIDINGS_OUTBOX_TOKEN: "kept-for-reading-only",
    TIDINGS_DATABASE: world.config.database,
    TIDINGS_KEYS: world.config.keys,
    TIDINGS_OUTBOX: world.config.outbox,
    TIDINGS_LOG: "silent",
  };
  const worker = join(import.meta.dirname, "confirm-worker.ts");
  const racers = [1, 2].map(() => fork(worker, [path, "25", String(world.clock.now)], { env }));
  await Promise.all(racers.map((racer) => once(racer, "message")));
  const answers = racers.map((racer) => once(racer, "message"));
  for (const racer of racers) racer.send("go");
  return (await Promise.all(answers)).flatMap(([seen]) => seen as string[]);
}

test.runIf(onDisk)(
  "fifty confirms at once over two processes answer alike and are one consent and one welcome (DOI-05)",
  async () => {
    await using world = await openWorld();
    await world.newsletter("tides", { welcome: "Welcome aboard." });
    await world.newsletter("ferries", { welcome: "All aboard." });
    await world.signUp("ada@reader.example", ["tides", "ferries"]);
    await world.drain();
    const link = (await world.mails())[0]?.confirmLink ?? "";

    const answers = await pressFromTwoProcesses(world, new URL(link).pathname);
    expect(answers).toEqual(Array(50).fill("303 /confirmed?n=ferries&n=tides"));

    const confirmed = await world.ctx.store.db
      .selectFrom("consents")
      .select(["newsletter", "generation"])
      .where("event", "=", "confirmed")
      .orderBy("newsletter")
      .execute();
    expect(confirmed).toEqual([
      { newsletter: 1, generation: 1 },
      { newsletter: 2, generation: 1 },
    ]);
    await world.drain();
    const mails = await world.mails();
    expect(mails).toHaveLength(2);
    expect(mails[1]?.text).toContain("Welcome aboard.");
    expect(mails[1]?.text).toContain("All aboard.");
  },
);

test("a click a day later, when the link has expired, is still told that all is well", async () => {
  await using world = await openWorld();
  await world.newsletter("tides", { welcome: "Welcome aboard." });
  await world.join("ada@reader.example", "tides");
  await world.drain();
  world.advance(30 * 24 * 3_600_000);
  const again = await world.post((await world.mails())[0]?.confirmLink ?? "");
  expect([again.status, again.headers.get("location")]).toEqual([303, "/confirmed?n=tides"]);
  await world.drain();
  expect(await world.mails()).toHaveLength(2);
});
