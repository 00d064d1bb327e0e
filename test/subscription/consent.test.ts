import { afterEach, beforeEach, expect, test } from "vitest";
import { showSubscriber } from "../../src/subscriber/find.ts";
import { day, minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.newsletter("tides");
});
afterEach(() => world.close());

async function consents() {
  return (await showSubscriber(world.ctx, ada)).consents;
}

test("the proof holds the wording as shown, form and page, and when each step was taken (LAW-01)", async () => {
  const fields = [
    ["email", ada],
    ["newsletter", "tides"],
    ["form", "n/tides"],
  ] as [string, string][];
  const began = world.clock.now;
  await world.post("/subscribe", fields, { referer: "https://courier.example/2026/flood?session=secret#end" });
  await world.drain();
  world.advance(5 * minute);
  await world.confirm(ada);
  world.advance(day);
  await world.send("tides", "one");
  await world.drain();
  await world.post((await world.mails(ada)).at(-1)?.leaveLink ?? "");

  const hub = await (await world.get("/")).text();
  const events = await consents();
  expect(events.map(({ wording: _, notice: __, ...event }) => event)).toEqual([
    event("asked", began, "form", "n/tides", "https://courier.example/2026/flood"),
    event("confirmed", began + 5 * minute, "link"),
    event("withdrawn", began + 5 * minute + day, "one-click"),
  ]);
  const wording = events[0]?.wording ?? "";
  expect(wording).toContain("Harbour Courier Ltd");
  expect(wording).toContain("(https://harbourcourier.example/privacy)");
  const words = hub.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
  expect(words).toContain(wording.slice(0, wording.indexOf("Harbour Courier Ltd")).trim());
});

function event(name: string, at: number, method: string, form: string | null = null, page: string | null = null) {
  return { newsletter: "tides", generation: 1, event: name, at, method, form, page };
}

test("the confirmation names the mail whose link was pressed", async () => {
  await world.join(ada, "tides");
  const row = await world.ctx.store.db
    .selectFrom("consents as c")
    .innerJoin("notices as n", "n.id", "c.notice")
    .select(["n.kind", "n.subscriber", "c.subscriber as by"])
    .where("c.event", "=", "confirmed")
    .executeTakeFirstOrThrow();
  expect(row).toEqual({ kind: "confirmation", subscriber: row.by, by: row.by });
});

test("a changed wording makes a new version, and older proof keeps its own", async () => {
  await world.join(ada, "tides");
  const before = await consents();
  await world.instance({ privacyUrl: "https://harbourcourier.example/privacy-2027" });
  world.advance(day);
  await world.signUp("bea@reader.example", "tides");
  expect(await consents()).toEqual(before);
  const bea = await showSubscriber(world.ctx, "bea@reader.example");
  expect(bea.consents[0]?.wording).toContain("privacy-2027");
  const kept = await world.ctx.store.db.selectFrom("wordings").select(["hash", "first_shown_at"]).execute();
  expect(kept).toHaveLength(2);
});

test("the same wording is kept once, by its hash, however many agree to it", async () => {
  for (let reader = 0; reader < 5; reader += 1) await world.signUp(`r${reader}@reader.example`, "tides");
  const kept = await world.ctx.store.db.selectFrom("wordings").selectAll().execute();
  expect(kept).toHaveLength(1);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(kept[0]?.text));
  expect(kept[0]?.hash).toBe(Buffer.from(digest).toString("hex"));
});

test("someone who asks again while pending has agreed to what was shown the last time", async () => {
  await world.signUp(ada, "tides", { form: "old-form" });
  await world.drain();
  world.advance(20 * day);
  await world.instance({ privacyUrl: "https://harbourcourier.example/privacy-2027" });
  await world.signUp(ada, "tides", { form: "new-form" });
  await world.drain();
  await world.confirm(ada);
  const [first, second, confirmed] = await consents();
  expect(first).toMatchObject({ event: "asked", form: "old-form", wording: expect.stringContaining("/privacy)") });
  expect(second).toMatchObject({ event: "asked", at: world.clock.now, form: "new-form" });
  expect(second?.wording).toContain("privacy-2027");
  // The mail ties the press of the button to the request it answers.
  expect(confirmed).toMatchObject({ event: "confirmed", notice: second?.notice });
});

test("what a stranger asks in a reader's name changes nothing in the proof of the reader's own request", async () => {
  await world.signUp(ada, "tides", { form: "n/tides" });
  await world.drain();
  world.advance(minute);
  await world.signUp(ada, "tides", { form: "evil" });
  await world.confirm(ada);
  const events = await consents();
  const confirmed = events.find((one) => one.event === "confirmed");
  expect(events.find((one) => one.event === "asked" && one.notice === confirmed?.notice)).toMatchObject({
    form: "n/tides",
  });
});

test("a repeated sign-up adds to the proof of an active reader and changes nothing in it", async () => {
  await world.join(ada, "tides");
  const before = await consents();
  world.advance(day);
  await world.instance({ privacyUrl: "https://harbourcourier.example/privacy-2027" });
  await world.signUp(ada, "tides", { form: "other-form" });
  const after = await consents();
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after.slice(before.length)).toMatchObject([{ event: "asked", form: "other-form" }]);
});

test("whoever comes back after leaving has proof of both times", async () => {
  await world.join(ada, "tides");
  await world.send("tides", "one");
  await world.drain();
  await world.post((await world.mails(ada)).at(-1)?.leaveLink ?? "");
  world.advance(day);
  await world.join(ada, "tides");
  const steps = (await consents()).map(({ generation, event }) => `${generation} ${event}`);
  expect(steps).toEqual(["1 asked", "1 confirmed", "1 withdrawn", "2 asked", "2 confirmed"]);
});
