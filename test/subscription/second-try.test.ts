import { expect, test } from "vitest";
import { minute, openWorld } from "../world.ts";

const ada = "ada@reader.example";

test("a second try within ten minutes brings no second mail, then or later (DOI-21)", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  await world.signUp(ada, "tides");
  await world.drain();
  await world.signUp(ada, "tides");
  world.advance(minute);
  await world.signUp(ada, "tides");
  for (let wait = 0; wait < 3; wait += 1) {
    world.advance(11 * minute);
    await world.drain();
  }
  expect(await world.mails(ada)).toHaveLength(1);
});

test("a second try brings what the first mail did not say", async () => {
  await using world = await openWorld();
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
  await world.signUp(ada, "tides");
  await world.drain();
  await world.signUp(ada, ["tides", "ferries"]);
  world.advance(11 * minute);
  await world.drain();
  const [, second] = await world.mails(ada);
  expect(second?.text).toContain("ferries");
});

test("a try after ten minutes brings the mail again, for the first may be lost", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  await world.signUp(ada, "tides");
  await world.drain();
  world.advance(11 * minute);
  await world.signUp(ada, "tides");
  await world.drain();
  expect(await world.mails(ada)).toHaveLength(2);
});

test("leaving and asking again is answered, for the old link is dead", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  await world.join(ada, "tides");
  await world.send("tides", "one");
  await world.drain();
  await world.post((await world.mails(ada)).at(-1)?.leaveLink ?? "");
  await world.signUp(ada, "tides");
  world.advance(11 * minute);
  await world.drain();
  expect((await world.mails(ada)).at(-1)?.confirmLink).not.toBe("");
});
