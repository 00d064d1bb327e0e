import { expect, test } from "vitest";
import { issueStatus } from "../../src/issue/find.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { onDisk } from "../world/platform.ts";
import { openWorld, type World } from "../world.ts";

/** In workerd each statement takes its time: fewer there, and as many batches. */
const [readers, members] = onDisk ? [1_000, 100] : [60, 6];

/** Signs readers up and confirms them, two hundred at a time. */
async function joinMany(world: World, addresses: readonly string[]): Promise<void> {
  for (let at = 0; at < addresses.length; at += 200) {
    await Promise.all(addresses.slice(at, at + 200).map((address) => world.signUp(address, "tides")));
  }
  const before = (await world.mails()).length;
  await world.drain();
  const links = (await world.mails()).slice(before).map((mail) => mail.confirmLink);
  for (let at = 0; at < links.length; at += 200) {
    await Promise.all(links.slice(at, at + 200).map((link) => world.post(link)));
  }
}

const named = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `r${from + at}@reader.example`);

test(`an issue to ${readers} readers reaches each once, but not the one who leaves nor the one suppressed while it runs`, async () => {
  await using world = await openWorld({ limits: { members } });
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
  const leaver = "leaver@reader.example";
  const complainer = "complainer@reader.example";
  const others = named(0, readers - 2);

  await joinMany(world, others.slice(0, readers / 2));
  await world.join(leaver, ["tides", "ferries"]);
  await world.send("ferries", "earlier");
  await world.drain();
  const preferences = (await world.mails(leaver)).at(-1)?.preferencesLink ?? "";
  await joinMany(world, others.slice(readers / 2));
  await world.join(complainer, "tides");

  const before = (await world.recipients()).length;
  await world.send("tides", "one");
  const got = async () => (await world.recipients()).slice(before);
  while ((await got()).length < 3 * members) expect(await world.turn()).toBe(true);
  expect((await got()).length).toBeLessThan(5 * members);

  expect((await world.post(preferences, { newsletter: "tides" })).status).toBe(200);
  await addSuppression(world.ctx, { address: complainer, reason: "complaint" });
  await world.drain();

  expect((await got()).sort()).toEqual([...others].sort());
  expect(await issueStatus(world.ctx, { newsletter: "tides", slug: "one" })).toMatchObject({
    issue: { status: "sent" },
    sums: { planned: readers, accepted: readers - 2, skipped: 2, open: 0, failed: 0, inDoubt: 0 },
  });
});
