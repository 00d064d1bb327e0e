import { expect, test } from "vitest";
import { openWorld } from "../world.ts";

test("three newsletters in one request are one mail, one press, and from then on three newsletters", async () => {
  await using world = await openWorld();
  for (const slug of ["tides", "ferries", "markets", "gardens"]) await world.newsletter(slug);
  await world.signUp("ada@reader.example", ["tides", "ferries", "markets"]);
  await world.drain();

  const [mail, ...others] = await world.mails();
  expect(others).toEqual([]);
  for (const slug of ["tides", "ferries", "markets"]) expect(mail?.text).toContain(`The ${slug} letter`);
  expect(mail?.text).not.toContain("The gardens letter");

  const page = await (await world.get(mail?.confirmLink ?? "")).text();
  for (const slug of ["tides", "ferries", "markets"]) expect(page).toContain(`The ${slug} letter`);
  expect((await world.confirm("ada@reader.example")).status).toBe(303);

  for (const slug of ["tides", "ferries", "markets"]) await world.send(slug, "one");
  await expect(world.send("gardens", "one")).rejects.toMatchObject({ code: "preflight" });
  await world.drain();
  const senders = (await world.mails()).slice(1).map((issue) => issue.from.address.split("@")[0]);
  expect(senders.sort()).toEqual(["ferries", "markets", "tides"]);
});
