import { expect, test } from "vitest";
import { tick } from "../../src/jobs.ts";
import { forgetUnconfirmed, slice } from "../../src/subscription/forget.ts";
import { day, hour, minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

async function open(): Promise<World> {
  const world = await openWorld();
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
  return world;
}

async function count(world: World, table: "subscribers" | "subscriptions" | "notices" | "throttles"): Promise<number> {
  const row = await world.ctx.store.db
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .executeTakeFirstOrThrow();
  return row.n;
}

/** Three days that the link works, and fourteen more. */
const kept = 17 * day;

test("a sign-up that nobody confirms is forgotten fourteen days after its link has expired (DOI-31)", async () => {
  await using world = await open();
  await world.signUp(ada, "tides");
  await world.drain();
  world.advance(kept - hour);
  expect(await tick(world.ctx)).toMatchObject({ unconfirmed: 0 });
  expect(await count(world, "subscribers")).toBe(1);
  world.advance(2 * hour);
  expect(await tick(world.ctx)).toMatchObject({ unconfirmed: 1 });
  for (const table of ["subscribers", "subscriptions", "notices"] as const)
    expect(await count(world, table), table).toBe(0);
});

test("what stays names nobody: the keyed hash that limits mails, and consent events without a person", async () => {
  await using world = await open();
  await world.signUp(ada, "tides", { form: "front" });
  await world.drain();
  world.advance(kept + hour);
  await forgetUnconfirmed(world.ctx);
  expect(await count(world, "throttles")).toBe(1);
  const events = await world.ctx.store.db.selectFrom("consents").select(["subscriber", "form", "page"]).execute();
  expect(events).toEqual([{ subscriber: null, form: null, page: null }]);
});

test("a reader of one newsletter loses only the other one, which was never confirmed", async () => {
  await using world = await open();
  await world.join(ada, "tides");
  world.advance(hour);
  await world.signUp(ada, "ferries");
  await world.drain();
  world.advance(kept + hour);
  expect(await forgetUnconfirmed(world.ctx)).toBe(1);
  const rows = await world.ctx.store.db.selectFrom("subscriptions").select("status").execute();
  expect(rows).toEqual([{ status: "active" }]);
  expect(await count(world, "subscribers")).toBe(1);
});

test("a reader who has left is not forgotten by it", async () => {
  await using world = await open();
  await world.join(ada, "tides");
  await world.send("tides", "one");
  await world.drain();
  await world.post((await world.mails(ada)).at(-1)?.leaveLink ?? "");
  world.advance(400 * day);
  expect(await forgetUnconfirmed(world.ctx)).toBe(0);
  expect(await count(world, "subscribers")).toBe(1);
});

/** Signs Ada up and has her say that it was not her. */
async function disowned(world: World): Promise<void> {
  await world.signUp(ada, ["tides", "ferries"]);
  await world.drain();
  const [mail] = await world.mails(ada);
  await world.post(`${mail?.confirmLink}/not-me`);
}

test("whoever says that it was not them is forgotten as well, and named by nothing (DOI-31)", async () => {
  await using world = await open();
  await disowned(world);
  world.advance(kept - hour);
  expect(await forgetUnconfirmed(world.ctx)).toBe(0);
  world.advance(2 * hour);
  expect(await tick(world.ctx)).toMatchObject({ unconfirmed: 2 });
  for (const table of ["subscribers", "subscriptions"] as const) expect(await count(world, table), table).toBe(0);
  const events = await world.ctx.store.db.selectFrom("consents").select(["subscriber", "form"]).execute();
  expect(events).toEqual(Array.from({ length: 4 }, () => ({ subscriber: null, form: null })));
});

test("the word never to write again stays", async () => {
  await using world = await open();
  await disowned(world);
  const [mail] = await world.mails(ada);
  await world.post(`${mail?.confirmLink}/not-me/never`);
  world.advance(kept + hour);
  await forgetUnconfirmed(world.ctx);
  expect(await count(world, "subscribers")).toBe(0);
  world.advance(31 * day);
  await world.signUp(ada, "tides");
  await world.drain();
  expect(await world.mails(ada)).toHaveLength(1);
});

test("a request that was ended, and made again since, is kept as long as any other", async () => {
  await using world = await open();
  await disowned(world);
  world.advance(10 * day);
  await world.signUp(ada, "tides");
  await world.drain();
  world.advance(10 * day);
  expect(await forgetUnconfirmed(world.ctx)).toBe(0);
  world.advance(kept);
  expect(await forgetUnconfirmed(world.ctx)).toBe(2);
  expect(await count(world, "subscribers")).toBe(0);
});

test("among very many subscribers they are found as well, some minutes later", async () => {
  await using world = await open();
  await disowned(world);
  const far = {
    id: 3 * slice,
    email: "far@reader.example",
    email_key: "far@reader.example",
    created_at: 0,
    proven_at: 1,
  };
  await world.ctx.store.db.insertInto("subscribers").values(far).execute();
  await world.signUp("bea@reader.example", "tides");
  await world.drain();
  world.advance(kept + hour);
  const gone: number[] = [];
  for (let time = 0; time < 4; time += 1) {
    gone.push(await forgetUnconfirmed(world.ctx));
    world.advance(minute);
  }
  // Whoever is pending is found by an index at once; four slices hold the rest.
  expect(gone.reduce((sum, n) => sum + n, 0)).toBe(3);
  expect(await count(world, "subscribers")).toBe(1);
});

test("a fresh link keeps an old sign-up", async () => {
  await using world = await open();
  await world.signUp(ada, "tides");
  await world.drain();
  world.advance(10 * day);
  await world.signUp(ada, "tides");
  await world.drain();
  world.advance(10 * day);
  expect(await forgetUnconfirmed(world.ctx)).toBe(0);
  world.advance(kept);
  expect(await forgetUnconfirmed(world.ctx)).toBe(1);
});

test("how long is the operator's choice", async () => {
  await using world = await open();
  await world.instance({ keepUnconfirmedDays: 1 });
  await world.signUp(ada, "tides");
  await world.drain();
  world.advance(4 * day + hour);
  expect(await forgetUnconfirmed(world.ctx)).toBe(1);
});

test("a link of a sign-up that was forgotten says only that it is too old, and nobody comes back by it", async () => {
  await using world = await open();
  await world.signUp(ada, "tides");
  await world.drain();
  const [mail] = await world.mails(ada);
  world.advance(kept + hour);
  await forgetUnconfirmed(world.ctx);
  expect((await world.post(mail?.confirmLink ?? "")).status).toBe(410);
  expect((await world.post(`${mail?.confirmLink}/renew`)).status).toBe(303);
  expect(await count(world, "subscribers")).toBe(0);
});

test("two processes that forget at the same moment forget once", async () => {
  await using world = await open();
  for (let n = 0; n < 30; n += 1) await world.signUp(`reader${n}@reader.example`, "tides");
  await world.drain();
  world.advance(kept + hour);
  const other = await world.another();
  try {
    const gone = await Promise.all([forgetUnconfirmed(world.ctx), forgetUnconfirmed(other.ctx)]);
    expect(gone.reduce((sum, n) => sum + n, 0)).toBe(30);
  } finally {
    other.close();
  }
});

test("who was a reader and left keeps the generation, so that a later consent is kept and counted (LAW-01)", async () => {
  await using world = await open();
  await world.join(ada, "tides");
  await world.send("tides", "one");
  await world.drain();
  world.advance(hour);
  await world.post((await world.mails(ada)).at(-1)?.leaveLink ?? "");
  world.advance(day);
  await world.signUp(ada, "tides");
  await world.drain();
  world.advance(kept + day);
  expect(await forgetUnconfirmed(world.ctx)).toBe(1);
  expect(await forgetUnconfirmed(world.ctx)).toBe(0);
  await world.join(ada, "tides");
  const rows = await world.ctx.store.db.selectFrom("subscriptions").select(["status", "generation"]).execute();
  expect(rows).toEqual([{ status: "active", generation: 3 }]);
  const confirmed = await world.ctx.store.db
    .selectFrom("consents")
    .select("generation")
    .where("event", "=", "confirmed")
    .orderBy("generation")
    .execute();
  expect(confirmed.map(({ generation }) => generation)).toEqual([1, 3]);
  world.advance(1);
  expect(await world.send("tides", "two")).toBeDefined();
  await world.drain();
  expect((await world.mails(ada)).at(-1)?.subject).toBe("News of two");
});
