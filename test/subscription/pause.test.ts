import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { planSlice } from "../../src/dispatch/plan.ts";
import { countAudienceAsOf, countPausedAsOf, countReaders } from "../../src/issue/audience.ts";
import { viewOutlook } from "../../src/issue/outlook.ts";
import { day, minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";
const bea = "bea@reader.example";
const week = 7 * day;

let world: World;
let link: string;
let leaveLink: string;
beforeEach(async () => {
  world = await openWorld();
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
  await world.join(ada, ["tides", "ferries"]);
  await world.join(bea, ["tides", "ferries"]);
  await world.send("tides", "first");
  await world.drain();
  const mail = (await world.mails(ada)).at(-1);
  link = mail?.preferencesLink ?? "";
  leaveLink = mail?.leaveLink ?? "";
  world.advance(minute);
});
afterEach(() => world.close());

const pause = (weeks: number | string, newsletter = "tides") =>
  world.post(link, { do: "pause", newsletter, weeks: String(weeks) });
const resume = (newsletter = "tides") => world.post(link, { do: "resume", newsletter });

/** Whom the next issue of a newsletter goes to. */
async function next(newsletter = "tides"): Promise<string[]> {
  const before = (await world.recipients()).length;
  await world.send(newsletter, `n${world.clock.now}`);
  await world.drain();
  return (await world.recipients()).slice(before).sort();
}

test("a pause leaves its reader out of this newsletter until it is over, and nobody else", async () => {
  const answer = await pause(2);
  expect(await answer.text()).toContain("The tides letter pauses until 6 December 2026.");
  expect(await next()).toEqual([bea]);
  expect(await next("ferries")).toEqual([ada, bea]);
  world.advance(2 * week - 2 * minute);
  expect(await next()).toEqual([bea]);
  world.advance(2 * minute);
  expect(await next()).toEqual([ada, bea]);
});

test.each([1, 2, 4])("it lasts %d weeks", async (weeks) => {
  await pause(weeks, "all");
  const rows = await world.ctx.store.db.selectFrom("subscriptions").select("paused_until").execute();
  expect(rows.filter((row) => row.paused_until === world.clock.now + weeks * week)).toHaveLength(2);
});

test.each(["0", "3", "-1", "1e9", "", "NaN"])("%j weeks are none", async (weeks) => {
  await pause(weeks);
  expect(await next()).toEqual([ada, bea]);
});

test("the reader goes on earlier at will, and presses twice without harm", async () => {
  await pause(4);
  expect(await next()).toEqual([bea]);
  world.advance(minute);
  expect(await (await resume()).text()).toContain("The tides letter comes again from now on.");
  expect((await resume()).status).toBe(200);
  world.advance(minute);
  expect(await next()).toEqual([ada, bea]);
});

test("the unsubscribe page offers it in place of leaving, for its own newsletter alone", async () => {
  const answer = await world.post(leaveLink, { by: "page", weeks: "1", all: "1" });
  expect(await answer.text()).toContain("The tides letter pauses until");
  expect(await next()).toEqual([bea]);
  expect(await next("ferries")).toEqual([ada, bea]);
});

test("a mail program's one-click leaves, whatever else it sends", async () => {
  await world.post(leaveLink, { "List-Unsubscribe": "One-Click", weeks: "1" });
  world.advance(2 * week);
  expect(await next()).toEqual([bea]);
});

test("fifty pauses at once are one", async () => {
  await Promise.all(Array.from({ length: 50 }, () => pause(1)));
  const row = await world.ctx.store.db.selectFrom("subscriptions").selectAll().where("subscriber", "=", 1).execute();
  expect(row.map(({ paused_at, paused_until }) => [paused_at, paused_until])).toEqual([
    [world.clock.now, world.clock.now + week],
    [null, null],
  ]);
});

test("who begins to pause after planning is skipped, and the ledger says why", async () => {
  await world.send("tides", "two");
  while (
    (await world.ctx.store.db.selectFrom("deliveries").select("issue").where("issue", "=", 2).execute()).length < 2
  ) {
    await planSlice(world.ctx);
  }
  await pause(1);
  await world.drain();
  const rows = await world.ctx.store.db.selectFrom("deliveries").selectAll().where("issue", "=", 2).execute();
  expect(rows.map(({ subscriber, state, reason }) => [subscriber, state, reason])).toEqual([
    [1, "skipped", "paused"],
    [2, null, null],
  ]);
});

test("joining afresh ends a pause", async () => {
  await pause(4);
  await world.post(link, { newsletter: "tides" });
  world.advance(day);
  await world.join(ada, "tides");
  world.advance(1);
  expect(await next()).toEqual([ada, bea]);
});

describe("the count that somebody agrees to", () => {
  const counts = async (at: number) => [
    await countAudienceAsOf(world.ctx, 1, at),
    await countPausedAsOf(world.ctx, 1, at),
  ];

  test("tells who pauses beside who gets it", async () => {
    await pause(1);
    const source = "---\nnewsletter: tides\nsubject: News\nslug: two\n---\n\nGood morning.\n";
    expect(await viewOutlook(world.ctx, { source })).toMatchObject({ recipients: 1, paused: 1 });
    expect(await countReaders(world.ctx, 1)).toEqual({ readers: 1, paused: 1 });
  });

  test("stays what it was when somebody pauses or goes on after it", async () => {
    const before = world.clock.now;
    world.advance(minute);
    await pause(1);
    const during = world.clock.now;
    expect(await counts(before)).toEqual([2, 0]);
    expect(await counts(during)).toEqual([1, 1]);
    world.advance(minute);
    await resume();
    expect(await counts(during)).toEqual([1, 1]);
    world.advance(1);
    expect(await counts(world.clock.now)).toEqual([2, 0]);
  });
});
