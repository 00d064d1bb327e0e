import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
});
afterAll(() => world.close());

const planted = {
  status: "active",
  source: '{"form":"planted"}',
  created_at: "1",
  createdAt: "1",
  proven_at: "1",
  provenAt: "1",
  since: "1",
  at: "1",
  generation: "99",
  id: "4711",
  subscriber: "4711",
  wording: "I agree to everything.",
  tags: "vip",
  __proto__: "polluted",
  constructor: "polluted",
};

async function stored(address: string) {
  const { db } = world.ctx.store;
  const person = await db.selectFrom("subscribers").selectAll().where("email", "=", address).executeTakeFirstOrThrow();
  const subscription = await db
    .selectFrom("subscriptions")
    .selectAll()
    .where("subscriber", "=", person.id)
    .executeTakeFirstOrThrow();
  const consent = await db
    .selectFrom("consents as c")
    .innerJoin("wordings as w", "w.hash", "c.wording")
    .select(["c.event", "c.at", "w.text"])
    .where("c.subscriber", "=", person.id)
    .executeTakeFirstOrThrow();
  return { person, subscription, consent };
}

async function expectUntouched(address: string): Promise<void> {
  const { person, subscription, consent } = await stored(address);
  expect(person).toMatchObject({ created_at: world.clock.now, proven_at: null });
  expect(person.id).toBeLessThan(4711);
  expect(subscription).toMatchObject({ status: "pending", generation: 1, since: world.clock.now });
  expect(subscription.source).not.toContain("planted");
  expect(consent).toMatchObject({ event: "asked", at: world.clock.now });
  expect(consent.text).not.toContain("everything");
}

test("a form cannot set status, times, ids, source or wording (DOI-29)", async () => {
  await world.signUp("form@reader.example", "tides", planted);
  await expectUntouched("form@reader.example");
});

test("neither can a program, nested values and prototypes included (SEC-21)", async () => {
  const body = `{"email":"json@reader.example","newsletters":["tides"],"__proto__":{"status":"active"},"source":{"form":"planted"},
    "subscription":{"status":"active"},${JSON.stringify(planted).slice(1)}`;
  const answer = await world.app.request("/subscribe", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  expect(answer.status).toBe(202);
  await expectUntouched("json@reader.example");
  expect(Object.hasOwn(Object.prototype, "status")).toBe(false);
});

test("one request names fifty newsletters at most", async () => {
  const many = Array.from({ length: 51 }, (_, at): [string, string] => ["newsletter", `n${at}`]);
  const answer = await world.post("/subscribe", [["email", "many@reader.example"], ...many]);
  expect(answer.status).toBe(422);
});

test("a newsletter named twice is asked for once", async () => {
  await world.signUp("twice@reader.example", ["tides", "tides"]);
  const { rows } = { rows: await world.ctx.store.db.selectFrom("consents").selectAll().execute() };
  const { person } = await stored("twice@reader.example");
  expect(rows.filter((row) => row.subscriber === person.id)).toHaveLength(1);
});

test("an unknown or closed newsletter refuses the whole request and writes nothing", async () => {
  await world.newsletter("gone", { status: "closed" });
  for (const slug of ["gone", "never-was", "", "tides\u0000"]) {
    const answer = await world.post("/subscribe", [
      ["email", "refused@reader.example"],
      ["newsletter", "tides"],
      ["newsletter", slug],
    ]);
    expect(answer.status, slug).toBe(422);
  }
  const found = await world.ctx.store.db
    .selectFrom("subscribers")
    .select("id")
    .where("email", "like", "refused%")
    .execute();
  expect(found).toEqual([]);
});
