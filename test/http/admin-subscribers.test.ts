import { expect, test } from "vitest";
import { day } from "../world.ts";
import { openDesk } from "./desk.ts";

test("subscribers come in pages, of one newsletter and status where asked", async () => {
  await using desk = await openDesk();
  await desk.world.newsletter("morning");
  await desk.world.newsletter("weekend");
  await desk.world.join("ada@example.org", ["morning", "weekend"]);
  await desk.world.join("bram@example.org", "weekend");
  await desk.world.signUp("cleo@example.org", "morning");
  const first = (await desk.call("GET", "/api/subscribers?limit=2")).body;
  expect(first.subscribers.map((one: { email: string }) => one.email)).toEqual(["ada@example.org", "bram@example.org"]);
  const second = (await desk.call("GET", `/api/subscribers?limit=2&after=${first.next}`)).body;
  expect(second.subscribers).toHaveLength(1);
  expect(second.next).toBeNull();
  const active = (await desk.call("GET", "/api/subscribers?newsletter=morning&status=active")).body;
  expect(active.subscribers).toHaveLength(1);
  expect(active.subscribers[0].subscriptions).toEqual([
    { newsletter: "morning", status: "active", since: desk.world.clock.now, pausedUntil: null, source: {} },
    { newsletter: "weekend", status: "active", since: desk.world.clock.now, pausedUntil: null, source: {} },
  ]);
  expect((await desk.call("GET", "/api/subscribers?newsletter=mourning")).status).toBe(404);
});

test("what a form told of itself is shown with the subscription that it led to", async () => {
  await using desk = await openDesk();
  await desk.world.newsletter("morning");
  const told = { form: "foot", position: "end", page: "https://news.example/story", utm_source: "social" };
  await desk.world.signUp("ada@example.org", "morning", told);
  const { subscriber } = (await desk.call("POST", "/api/subscribers/find", { address: "ada@example.org" })).body;
  expect(subscriber.subscriptions[0].source).toEqual(told);
});

test("one subscriber is found by address, with the proof of consent", async () => {
  await using desk = await openDesk();
  await desk.world.newsletter("morning");
  await desk.world.join("ada@example.org", "morning");
  const { subscriber } = (await desk.call("POST", "/api/subscribers/find", { address: "ADA@example.org" })).body;
  expect(subscriber.email).toBe("ada@example.org");
  expect(subscriber.consents.map((one: { event: string }) => one.event)).toEqual(["asked", "confirmed"]);
  expect(subscriber.consents[0].wording).toContain("Harbour Courier Ltd");
  expect((await desk.call("POST", "/api/subscribers/find", { address: "nobody@example.org" })).status).toBe(404);
  expect((await desk.call("POST", "/api/subscribers/find", { address: "no address" })).status).toBe(422);
});

test("a subscriber's language and breaks are told, as long as they last", async () => {
  await using desk = await openDesk();
  const { world } = desk;
  for (const slug of ["morning", "weekend"]) await world.newsletter(slug);
  await world.join("ada@example.org", ["morning", "weekend"]);
  await world.send("morning", "first");
  await world.drain();
  const link = (await world.mails("ada@example.org")).at(-1)?.preferencesLink ?? "";
  const look = async () => {
    const found = (await desk.call("POST", "/api/subscribers/find", { address: "ada@example.org" })).body.subscriber;
    const [listed] = (await desk.call("GET", "/api/subscribers")).body.subscribers;
    expect(listed).toMatchObject({ language: found.language, subscriptions: found.subscriptions });
    const breaks = found.subscriptions.map((one: { pausedUntil: number | null }) => one.pausedUntil);
    return [found.language, ...breaks];
  };
  expect(await look()).toEqual([null, null, null]);
  await world.post(link, { do: "profile", name: "Ada", language: "uk" });
  await world.post(link, { do: "pause", newsletter: "morning", weeks: "2" });
  const until = world.clock.now + 14 * day;
  expect(await look()).toEqual(["uk", until, null]);
  world.clock.now = until - 1;
  expect(await look()).toEqual(["uk", until, null]);
  world.clock.now = until;
  expect(await look()).toEqual(["uk", null, null]);
});

test("an erased person is found no more", async () => {
  await using desk = await openDesk();
  await desk.world.newsletter("morning");
  await desk.world.join("ada@example.org", "morning");
  const address = { address: "ada@example.org" };
  expect((await desk.call("POST", "/api/subscribers/erase", address)).body).toEqual({ erased: true });
  expect((await desk.call("POST", "/api/subscribers/find", address)).status).toBe(404);
  expect((await desk.call("GET", "/api/subscribers")).body.subscribers).toEqual([]);
});

test("no address of the API holds a reader's address", async () => {
  await using desk = await openDesk();
  const { paths } = (await desk.call("GET", "/api/openapi.json")).body;
  const places = Object.entries(paths as Record<string, Record<string, { parameters?: { name: string }[] }>>).flatMap(
    ([path, methods]) => [
      path,
      ...Object.values(methods).flatMap(({ parameters = [] }) => parameters.map((one) => one.name)),
    ],
  );
  expect(places.filter((place) => /address|email/i.test(place))).toEqual([]);
});
