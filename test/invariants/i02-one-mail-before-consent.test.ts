import { expect, test } from "vitest";
import { tick } from "../../src/jobs.ts";
import { day, openWorld } from "../world.ts";

// I2: nothing but the one confirmation mail reaches an address before its own confirm POST.

test("whatever else goes on, an address gets one confirmation mail, and nothing more until its button is pressed (I2)", async () => {
  await using world = await openWorld({ instance: { keepOutboxDays: 3_650 } });
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug, { welcome: `Welcome to ${slug}.` });
  await world.join("reader@reader.example", ["tides", "ferries"]);
  await world.signUp("victim@reader.example", ["tides", "ferries"], { name: "Victim" });
  await world.drain();
  const [mail, ...others] = await world.mails("victim@reader.example");
  expect(others).toEqual([]);
  expect(mail?.headers.get("list-unsubscribe")).toBeUndefined();

  for (let days = 0; days < 40; days += 1) {
    // A scanner opens all links, every day; issues go out; the clock does what it does.
    for (const link of mail?.links ?? []) await world.get(link);
    if (days % 10 === 0) for (const slug of ["tides", "ferries"]) await world.send(slug, `day-${days}`);
    world.advance(day);
    await tick(world.ctx);
    await world.drain();
  }
  expect(await world.mails("victim@reader.example")).toHaveLength(1);
  expect((await world.mails("reader@reader.example")).length).toBeGreaterThan(8);
});

test("a press for one newsletter opens the way to that one alone (I2)", async () => {
  await using world = await openWorld();
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug, { welcome: `Welcome to ${slug}.` });
  await world.join("other@reader.example", "ferries");
  await world.join("ada@reader.example", "tides");
  world.advance(day);
  await world.signUp("ada@reader.example", "ferries");
  for (const slug of ["tides", "ferries"]) await world.send(slug, "one");
  await world.drain();
  const mails = await world.mails("ada@reader.example");
  expect(mails.filter((mail) => mail.confirmLink === "").map((mail) => mail.subject)).toEqual([
    expect.stringMatching(/welcome/i),
    "News of one",
  ]);
  expect(mails.some((mail) => mail.text.includes("Welcome to ferries."))).toBe(false);
});
