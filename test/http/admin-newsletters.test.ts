import { expect, test } from "vitest";
import { day } from "../world.ts";
import { openDesk } from "./desk.ts";

const fields = {
  slug: "morning",
  name: "Morning Tide",
  pitch: "Before the first ferry.",
  about: "One letter.\n\nFive minutes.",
  frequency: "Every weekday",
  language: "en-GB",
  senderName: "Dana Whitlock",
  senderAddress: "morning@harbourcourier.example",
  replyTo: "dana@harbourcourier.example",
  group: "Every day",
  position: 10,
  image: "/assets/icon.svg",
  imageAlt: "An anchor",
  thanks: "Good to have you.",
  welcome: "Welcome.",
  status: "open",
};

test("a newsletter is made with all its fields, listed, shown and changed", async () => {
  await using desk = await openDesk();
  const made = await desk.call("POST", "/api/newsletters", fields);
  expect(made.status).toBe(201);
  expect(made.body.newsletter).toMatchObject({ ...fields, listId: "morning.harbourcourier.example" });
  expect((await desk.call("GET", "/api/newsletters")).body.newsletters).toEqual([made.body.newsletter]);
  const changed = await desk.call("PATCH", "/api/newsletters/morning", { status: "paused", replyTo: null });
  expect(changed.body.newsletter).toEqual({ ...made.body.newsletter, status: "paused", replyTo: null });
  expect((await desk.call("GET", "/api/newsletters?status=open")).body.newsletters).toEqual([]);
});

test("a slug is taken once and never changes", async () => {
  await using desk = await openDesk();
  await desk.call("POST", "/api/newsletters", fields);
  expect((await desk.call("POST", "/api/newsletters", fields)).status).toBe(409);
  const renamed = await desk.call("PATCH", "/api/newsletters/morning", { slug: "evening" });
  expect(renamed.body.error.faults).toEqual([{ field: "slug", message: "is not a field here" }]);
});

test("the number of readers counts those who have confirmed", async () => {
  await using desk = await openDesk();
  await desk.world.newsletter("morning");
  await desk.world.join("ada@example.org", "morning");
  await desk.world.signUp("bram@example.org", "morning");
  expect((await desk.call("GET", "/api/newsletters/morning")).body).toMatchObject({ readers: 1, paused: 0 });
});

test("who takes a break is counted apart, until it is over or they must get no mail", async () => {
  await using desk = await openDesk();
  const { world } = desk;
  await world.newsletter("morning");
  for (const name of ["ada", "bea", "cem"]) await world.join(`${name}@example.org`, "morning");
  await world.send("morning", "first");
  await world.drain();
  const counts = async () => {
    const { readers, paused } = (await desk.call("GET", "/api/newsletters/morning")).body;
    return [readers, paused];
  };
  expect(await counts()).toEqual([3, 0]);
  for (const name of ["ada", "bea"]) {
    const link = (await world.mails(`${name}@example.org`)).at(-1)?.preferencesLink ?? "";
    await world.post(link, { do: "pause", newsletter: "morning", weeks: "1" });
  }
  expect(await counts()).toEqual([1, 2]);
  await desk.call("POST", "/api/suppressions", { address: "bea@example.org", reason: "manual" });
  expect(await counts()).toEqual([1, 1]);
  world.advance(7 * day);
  expect(await counts()).toEqual([2, 0]);
});
