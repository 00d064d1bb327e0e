import { afterEach, beforeEach, expect, test } from "vitest";
import { removeSuppression } from "../../src/suppression/remove.ts";
import { dump } from "../world/dump.ts";
import { day, hour, minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
  await world.signUp(ada, ["tides", "ferries"]);
  await world.drain();
});
afterEach(() => world.close());

/** The address behind "this was not me" in the newest confirmation mail. */
async function notMe(): Promise<string> {
  const links = (await world.mails(ada)).flatMap((mail) => mail.links);
  return links.findLast((link) => link.endsWith("/not-me")) ?? "";
}

async function statuses(): Promise<string[]> {
  const rows = await world.ctx.store.db.selectFrom("subscriptions").select("status").orderBy("newsletter").execute();
  return rows.map(({ status }) => status);
}

async function suppressions(): Promise<unknown[]> {
  return world.ctx.store.db
    .selectFrom("suppressions")
    .select(["email_key", "reason", "origin", "newsletter"])
    .execute();
}

test("the confirmation mail holds the link in both of its parts", async () => {
  const [mail] = await world.mails(ada);
  const link = await notMe();
  expect(link).toMatch(/\/confirm\/[a-z2-7]+\/not-me$/);
  expect(mail?.text).toContain(link);
});

test("opening the link changes nothing, with and without a slash (I1)", async () => {
  const before = await dump(world);
  for (const url of [await notMe(), `${await notMe()}/`]) {
    const page = await world.get(url);
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html).toContain("a•••@reader.example");
    expect(html).not.toContain(ada);
    expect(html).toContain("The tides letter");
    expect(page.headers.get("cache-control")).toBe("no-store");
  }
  expect(await dump(world)).toEqual(before);
});

test("pressing ends all that the mail asked for, and the link of the mail is dead", async () => {
  const answer = await world.press(await notMe(), /not-me$/);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain("Thank you for telling us");
  expect(await statuses()).toEqual(["unsubscribed", "unsubscribed"]);
  const [mail] = await world.mails(ada);
  expect((await world.post(mail?.confirmLink ?? "")).status).toBe(410);
  expect(await statuses()).toEqual(["unsubscribed", "unsubscribed"]);
  const events = await world.ctx.store.db
    .selectFrom("consents")
    .select(["event", "method"])
    .where("event", "=", "withdrawn")
    .execute();
  expect(events).toEqual([
    { event: "withdrawn", method: "not-me" },
    { event: "withdrawn", method: "not-me" },
  ]);
});

test("a second press changes nothing more, and fifty at once are one", async () => {
  const url = await notMe();
  await Promise.all(Array.from({ length: 50 }, () => world.post(url)));
  const once = await dump(world);
  expect((await world.post(url)).status).toBe(200);
  expect(await dump(world)).toEqual(once);
});

test("the link works after the confirmation has expired, too", async () => {
  world.advance(10 * day);
  expect((await world.post(await notMe())).status).toBe(200);
  expect(await statuses()).toEqual(["unsubscribed", "unsubscribed"]);
});

test("what somebody has confirmed in a stranger's name ends as well, and a later sign-up of one's own stays", async () => {
  const url = await notMe();
  await world.confirm(ada);
  await world.post(url);
  expect(await statuses()).toEqual(["unsubscribed", "unsubscribed"]);
  world.advance(hour);
  await world.join(ada, "tides");
  await world.post(url);
  expect(await statuses()).toEqual(["active", "unsubscribed"]);
});

test("'never again' suppresses the address for good, whoever enters it later", async () => {
  const done = await world.post(await notMe());
  const never = await world.post(`${await notMe()}/never`);
  expect(await done.text()).toContain("/not-me/never");
  expect(await never.text()).toContain("readers@harbourcourier.example");
  expect(await suppressions()).toEqual([{ email_key: ada, reason: "manual", origin: "reader", newsletter: 0 }]);
  const before = (await world.mails(ada)).length;
  world.advance(2 * day);
  await world.signUp(ada, "tides");
  await world.drain();
  world.advance(hour);
  await world.drain();
  expect(await world.mails(ada)).toHaveLength(before);
});

test("an operator takes 'never again' back", async () => {
  await world.post(`${await notMe()}/never`);
  await removeSuppression(world.ctx, { address: ada });
  world.advance(2 * day);
  await world.join(ada, "tides");
  expect(await statuses()).toEqual(["active", "unsubscribed"]);
});

test("a made-up link is unknown, and one of ours that is too old says that nothing is left", async () => {
  expect((await world.get("/confirm/abcdefgh/not-me")).status).toBe(404);
  expect((await world.post("/confirm/abcdefgh/not-me/never")).status).toBe(404);
  const old = world.ctx.signer.sign("confirm", [9_999]);
  const page = await world.post(`/confirm/${old}/not-me/never`);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("There is nothing left to do");
  expect(await suppressions()).toEqual([]);
});

test("a mail that still waits says nothing of what was disowned", async () => {
  world.advance(minute);
  await world.signUp(ada, "tides");
  await world.post(await notMe());
  world.advance(20 * minute);
  await world.drain();
  expect(await world.mails(ada)).toHaveLength(1);
});
