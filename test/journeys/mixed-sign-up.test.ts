import { expect, test } from "vitest";
import { minute, openWorld } from "../world.ts";

test("a reader of one newsletter who ticks it again beside a new one confirms the new one, and keeps both", async () => {
  await using world = await openWorld();
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug, { welcome: `Welcome to ${slug}.` });
  await world.join("ada@reader.example", "tides");
  await world.drain();
  world.advance(11 * minute);
  await world.signUp("ada@reader.example", ["tides", "ferries"]);
  await world.drain();

  const mail = (await world.mails()).at(-1);
  expect(mail?.text).toContain("The tides letter");
  expect(mail?.text).toContain("The ferries letter");
  const page = await (await world.get(mail?.confirmLink ?? "")).text();
  expect(page).toContain("The ferries letter");

  expect((await world.confirm("ada@reader.example")).status).toBe(303);
  await world.drain();
  const welcome = (await world.mails()).at(-1);
  expect(welcome?.text).toContain("Welcome to ferries.");
  expect(welcome?.text).not.toContain("Welcome to tides.");

  for (const slug of ["tides", "ferries"]) await world.send(slug, "one");
  await world.drain();
  expect((await world.mails()).slice(-2).map((issue) => issue.subject)).toEqual(["News of one", "News of one"]);
});
