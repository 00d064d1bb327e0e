import { expect, test } from "vitest";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { minute, openWorld, type World } from "../world.ts";

// I6: an old confirm link can never re-subscribe someone who left, was erased, or was suppressed.

const ada = "ada@reader.example";

/** Ways to end a subscription, and ways to make the moment of the replay awkward. */
const ends: [string, (world: World) => Promise<unknown>][] = [
  ["left", async (world) => world.post((await world.mails(ada)).at(-1)?.leaveLink ?? "")],
  ["was erased", (world) => erase(world.ctx, { address: ada })],
  ["was suppressed", (world) => addSuppression(world.ctx, { address: ada, reason: "complaint" })],
];

const later: [string, (world: World) => Promise<unknown>][] = [
  ["at once", async () => undefined],
  ["after a year", async (world) => world.advance(365 * 24 * 60 * minute)],
  [
    "after signing up afresh without confirming",
    async (world) => {
      world.advance(11 * minute);
      await world.signUp(ada, "tides");
      await world.drain();
    },
  ],
  [
    "after asking for a new link behind the old one",
    async (world) => {
      const first = (await world.mails(ada))[0]?.confirmLink ?? "";
      world.advance(11 * minute);
      await world.post(`${first}/renew`);
      await world.drain();
    },
  ],
];

test.each(ends.flatMap((end) => later.map((moment) => [end[0], moment[0], end[1], moment[1]] as const)))(
  "who %s stays so when every old link is pressed again, %s (I6)",
  async (_, __, end, moment) => {
    await using world = await openWorld();
    await world.newsletter("tides");
    await world.join(ada, "tides");
    const [first] = await world.mails(ada);
    world.advance(11 * minute);
    await world.join("bea@reader.example", "tides");
    await world.send("tides", "one");
    await world.drain();
    const old = (await world.mails(ada)).flatMap((mail) => mail.links).filter((link) => link.includes("/confirm/"));
    expect(old).toEqual([first?.confirmLink, `${first?.confirmLink}/not-me`]);
    await end(world);
    await moment(world);
    const before = (await world.mails(ada)).length;
    for (const link of [...old, ...old]) await world.post(link);
    world.advance(1);
    await world.send("tides", "two");
    await world.drain();
    const since = (await world.mails(ada)).slice(before).map((mail) => mail.subject);
    expect(since).toEqual([]);
    expect((await world.mails("bea@reader.example")).at(-1)?.subject).toBe("News of two");
  },
);
