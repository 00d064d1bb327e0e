import { expect, test } from "vitest";
import { minute, openWorld } from "../world.ts";

const ada = "ada@reader.example";

test("answers held up by an outage leave ten minutes apart, however late (DOI-22)", async () => {
  await using world = await openWorld();
  for (const slug of ["tides", "ferries", "markets"]) await world.newsletter(slug);
  world.fault = () => ({ result: "unsure", reason: "down" });
  for (const slug of ["tides", "ferries", "markets"]) {
    await world.signUp(ada, slug);
    await world.drain();
    world.advance(11 * minute);
  }
  world.fault = () => null;
  await world.drain();
  expect(await world.mails(ada)).toHaveLength(1);
  world.advance(9 * minute);
  await world.drain();
  expect(await world.mails(ada)).toHaveLength(1);
  world.advance(minute);
  await world.drain();
  // The two that waited together have become one mail.
  expect(await world.mails(ada)).toHaveLength(2);
  world.advance(60 * minute);
  await world.drain();
  expect(await world.mails(ada)).toHaveLength(2);
});
