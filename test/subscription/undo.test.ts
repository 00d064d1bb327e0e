import { afterEach, beforeEach, expect, test } from "vitest";
import { addSuppression } from "../../src/suppression/add.ts";
import { dump } from "../world/dump.ts";
import { formsOf } from "../world/forms.ts";
import { minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

let world: World;
let leaveLink: string;
let preferences: string;
beforeEach(async () => {
  world = await openWorld();
  for (const slug of ["tides", "ferries", "markets"]) await world.newsletter(slug);
  await world.join(ada, ["tides", "ferries", "markets"]);
  await world.send("tides", "one");
  await world.drain();
  const mail = (await world.mails(ada)).at(-1);
  leaveLink = mail?.leaveLink ?? "";
  preferences = mail?.preferencesLink ?? "";
  world.advance(minute);
});
afterEach(() => world.close());

async function standing(): Promise<Record<string, string>> {
  const rows = await world.ctx.store.db
    .selectFrom("subscriptions as s")
    .innerJoin("newsletters as n", "n.id", "s.newsletter")
    .select(["n.slug", "s.status"])
    .where("s.subscriber", "=", 1)
    .orderBy("n.slug")
    .execute();
  return Object.fromEntries(rows.map(({ slug, status }) => [slug, status]));
}

/** Where the button of a page leads that takes the leaving back; "" where it has none. */
async function undoOf(answer: Response): Promise<string> {
  return formsOf(await answer.text()).find(({ action }) => action.endsWith("/undo"))?.action ?? "";
}

const leave = (fields: Record<string, string> = {}) => world.post(leaveLink, { by: "page", ...fields });

test("the page after leaving takes it back within the hour, and issues come again", async () => {
  const undo = await undoOf(await leave());
  expect(await standing()).toMatchObject({ tides: "unsubscribed" });
  world.advance(59 * minute);
  const answer = await world.post(undo);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain("is subscribed again to <strong>The tides letter</strong>");
  expect(await standing()).toMatchObject({ tides: "active" });
  const before = (await world.mails(ada)).length;
  world.advance(1);
  await world.send("tides", "two");
  await world.drain();
  expect(await world.mails(ada)).toHaveLength(before + 1);
});

test("an hour later it is too late, and nothing changes", async () => {
  const undo = await undoOf(await leave());
  world.advance(61 * minute);
  const before = await dump(world);
  const answer = await world.post(undo);
  expect(answer.status).toBe(410);
  expect(await dump(world)).toBe(before);
});

test("fifty presses at once are one return in one new generation, and all are told the same", async () => {
  const undo = await undoOf(await leave());
  const answers = await Promise.all(Array.from({ length: 50 }, () => world.post(undo)));
  const pages = await Promise.all(answers.map(async (answer) => `${answer.status} ${await answer.text()}`));
  expect(new Set(pages).size).toBe(1);
  expect(pages[0]).toMatch(/^200 /);
  const back = await world.ctx.store.db.selectFrom("consents").selectAll().where("method", "=", "undo").execute();
  expect(back.map(({ newsletter, generation, event }) => [newsletter, generation, event])).toEqual([
    [1, 2, "confirmed"],
  ]);
});

test("what was left later is not taken back by an older page", async () => {
  const undo = await undoOf(await leave());
  await world.post(undo);
  world.advance(minute);
  await leave();
  const answer = await world.post(undo);
  expect(answer.status).toBe(410);
  expect(await standing()).toMatchObject({ tides: "unsubscribed" });
});

test("leaving all is taken back as a whole, and only what was left with it", async () => {
  await world.post(preferences, { newsletter: "ferries" });
  world.advance(3 * minute);
  const undo = await undoOf(await leave({ all: "1" }));
  expect(new Set(Object.values(await standing()))).toEqual(new Set(["unsubscribed"]));
  await world.post(undo);
  expect(await standing()).toEqual({ ferries: "unsubscribed", markets: "active", tides: "active" });
});

test("the preference page offers it too", async () => {
  const undo = await undoOf(await world.post(preferences, { newsletter: "ferries" }));
  await world.post(undo);
  expect(new Set(Object.values(await standing()))).toEqual(new Set(["active"]));
});

test("whoever presses twice in a moment still gets the way back; whoever opens the mail later does not", async () => {
  await leave();
  expect(await undoOf(await leave())).not.toBe("");
  world.advance(3 * minute);
  expect(await undoOf(await leave())).toBe("");
  expect(await undoOf(await world.get(leaveLink))).toBe("");
});

test("a mail program's one-click is answered without it: nobody sees that page", async () => {
  expect(await undoOf(await world.post(leaveLink, { "List-Unsubscribe": "One-Click" }))).toBe("");
});

test("a sign-up that was never confirmed is not brought to life by it (I6)", async () => {
  await world.newsletter("harbour");
  await world.signUp(ada, "harbour");
  await world.drain();
  const undo = await undoOf(await world.post(preferences, { newsletter: "all" }));
  await world.post(undo);
  expect(await standing()).toEqual({ ferries: "active", harbour: "unsubscribed", markets: "active", tides: "active" });
});

test("confirm links of the time before stay dead after it (I6)", async () => {
  const confirm = (await world.mails(ada)).find((mail) => mail.confirmLink !== "")?.confirmLink ?? "";
  await world.post(await undoOf(await leave()));
  await world.post(await undoOf(await leave({ all: "1" })));
  await leave({ all: "1" });
  await world.post(confirm);
  expect(new Set(Object.values(await standing()))).toEqual(new Set(["unsubscribed"]));
});

test("an address that was suppressed meanwhile stays out", async () => {
  const undo = await undoOf(await leave());
  await addSuppression(world.ctx, { address: ada, reason: "complaint" });
  expect((await world.post(undo)).status).toBe(410);
  expect(await standing()).toMatchObject({ tides: "unsubscribed" });
});

test("reading its address does nothing (I1)", async () => {
  const undo = await undoOf(await leave());
  const before = await dump(world);
  for (const method of ["GET", "HEAD", "OPTIONS"]) {
    const answer = await world.app.request(undo, { method });
    expect(answer.status).toBe(method === "OPTIONS" ? answer.status : 405);
  }
  expect(await dump(world)).toBe(before);
});

test("once the reader's own mail program has said it, nobody who left in their stead brings them back", async () => {
  const undo = await undoOf(await leave());
  world.advance(10 * minute);
  expect((await world.post(leaveLink, { "List-Unsubscribe": "One-Click" })).status).toBe(200);
  const before = await dump(world);
  await world.post(leaveLink, { "List-Unsubscribe": "One-Click" });
  expect(await dump(world)).toBe(before);
  world.advance(minute);
  await world.post(undo);
  expect(await standing()).toMatchObject({ tides: "unsubscribed" });
});

test("who left by one click is offered no way back to whoever opens the page next", async () => {
  await world.post(leaveLink, { "List-Unsubscribe": "One-Click" });
  world.advance(minute);
  expect(await undoOf(await leave())).toBe("");
});

/** The answer to a press of a button on another page. */
const signUp = (fields: Record<string, string> = {}) =>
  world.post("/subscribe", { email: ada, newsletter: "tides", ...fields });

test.each([
  ["a sign-up", {}],
  ["one that a bot has filled in", { subject_2: "anything" }],
])("%s with the address in the meantime takes the way back from nobody, nor the word why", async (_what, fields) => {
  const page = await leave();
  const forms = formsOf(await page.text());
  const [undo = "", reason = ""] = ["/undo", "/reason"].map(
    (end) => forms.find(({ action }) => action.endsWith(end))?.action,
  );
  world.advance(minute);
  expect((await signUp(fields)).status).toBe(303);
  world.advance(20 * minute);
  await world.drain();
  await world.post(reason, { reason: "too-many" });
  const kept = await world.ctx.store.db.selectFrom("goodbyes").select("reason").execute();
  expect(kept).toEqual([{ reason: "too-many" }]);
  expect((await world.post(undo)).status).toBe(200);
  expect((await world.post(undo)).status).toBe(200);
  expect(await standing()).toMatchObject({ tides: "active" });
});

test("the confirmation mail of such a sign-up can neither confirm nor end what was taken back (I6)", async () => {
  const undo = await undoOf(await leave());
  world.advance(20 * minute);
  await signUp();
  await world.drain();
  const confirm = (await world.mails(ada)).findLast((mail) => mail.confirmLink !== "")?.confirmLink ?? "";
  await world.post(undo);
  await world.post(`${confirm}/not-me`);
  expect(await standing()).toMatchObject({ tides: "active" });
  await leave();
  await world.post(confirm);
  expect(await standing()).toMatchObject({ tides: "unsubscribed" });
});

test("who left on the preference page is not brought back by whoever has the mail and presses there, however fast", async () => {
  await world.post(preferences, { newsletter: "tides" });
  expect(await undoOf(await leave())).toBe("");
});

test("nor is who left by this page, once a browser would have repeated the press", async () => {
  await leave();
  world.advance(10_001);
  expect(await undoOf(await leave())).toBe("");
});

test("a mail program that says it too changes nothing about when it was", async () => {
  const left = world.clock.now;
  await leave();
  world.advance(10 * minute);
  await world.post(leaveLink, { "List-Unsubscribe": "One-Click" });
  const row = await world.ctx.store.db
    .selectFrom("subscriptions")
    .select(["status", "since"])
    .where("newsletter", "=", 1)
    .executeTakeFirst();
  expect(row).toEqual({ status: "unsubscribed", since: left });
});

test("and no sign-up after that gives the way back again", async () => {
  const undo = await undoOf(await leave());
  world.advance(minute);
  await world.post(leaveLink, { "List-Unsubscribe": "One-Click" });
  await signUp();
  expect((await world.post(undo)).status).toBe(410);
  expect(await standing()).toMatchObject({ tides: "pending" });
});
