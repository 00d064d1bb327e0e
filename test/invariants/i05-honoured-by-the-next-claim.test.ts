import { expect, test } from "vitest";
import { addSuppression } from "../../src/suppression/add.ts";
import { openWorld, type World } from "../world.ts";

// I5: an unsubscribe, complaint or hard bounce is honoured by the very next claim, also inside a running dispatch.

const readers = ["r1", "r2", "r3", "r4", "r5", "r6"].map((name) => `${name}@reader.example`);

/** A world that sends two mails a call, paused after the first call of an issue. */
async function pausedAfterFirst(): Promise<{ world: World; got: () => Promise<string[]> }> {
  const world = await openWorld({ limits: { members: 2 } });
  for (const slug of ["ferries", "tides"]) await world.newsletter(slug);
  for (const reader of readers) await world.join(reader, ["tides", "ferries"]);
  await world.send("ferries", "earlier");
  await world.drain();
  const before = (await world.mails()).length;
  const got = async () => (await world.mails()).slice(before).map((mail) => mail.to);
  await world.send("tides", "one");
  while ((await got()).length === 0) await world.turn();
  expect(await got()).toEqual(readers.slice(0, 2));
  return { world, got };
}

const ends: [string, (world: World, reader: string) => Promise<unknown>][] = [
  ["leaves by the link of another issue", async (world, reader) => leaveAll(world, reader)],
  ["complains", (world, reader) => addSuppression(world.ctx, { address: reader, reason: "complaint" })],
  ["bounces for good", (world, reader) => addSuppression(world.ctx, { address: reader, reason: "hard-bounce" })],
  [
    "is blocked for this newsletter",
    (world, reader) => addSuppression(world.ctx, { address: reader, newsletter: "tides" }),
  ],
];

async function leaveAll(world: World, reader: string): Promise<void> {
  const link = (await world.mails(reader)).at(-1)?.preferencesLink ?? "";
  expect((await world.post(link, { newsletter: "tides" })).status).toBe(200);
}

test.each(ends)(
  "a reader who %s between two calls is not in the next one, nor in any later one (I5)",
  async (_, end) => {
    const { world, got } = await pausedAfterFirst();
    await end(world, readers[3] ?? "");
    await end(world, readers[5] ?? "");
    expect(await got()).toHaveLength(2);
    await world.drain();
    expect(await got()).toEqual([0, 1, 2, 4].map((at) => readers[at]));
    world.close();
  },
);
