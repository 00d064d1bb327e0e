import { afterEach, beforeEach, expect, test } from "vitest";
import { hour, minute, openWorld, type World } from "../world.ts";
import { ask, networkNo } from "./guard/asking.ts";

const ada = "ada@reader.example";
const article = { form: "article", position: "end", page: "https://news.example/a", utm_campaign: "spring" };

let world: World;
beforeEach(async () => {
  world = await openWorld({ guarded: true });
  await world.newsletter("tides");
});
afterEach(() => world.close());

async function subscription(): Promise<{ status: string; generation: number; since: number; source: unknown }> {
  const row = await world.ctx.store.db
    .selectFrom("subscriptions")
    .select(["status", "generation", "since", "source"])
    .executeTakeFirstOrThrow();
  return { ...row, source: JSON.parse(row.source ?? "null") };
}

/** Joins from an article and leaves by the page of an issue; the form that takes it back, and the one that asks why. */
async function leave(): Promise<{ undo: string; reason: string }> {
  await world.join(ada, "tides");
  await world.send("tides", "one");
  await world.drain();
  const link = (await world.mails(ada)).at(-1)?.leaveLink ?? "";
  const page = await (await world.post(link, { by: "page" })).text();
  const action = (name: string) => new RegExp(`action="([^"]*/${name})"`).exec(page)?.[1] ?? "";
  return { undo: action("undo"), reason: action("reason") };
}

test("where a sign-up came from is kept through a new link and the confirmation", async () => {
  await world.signUp(ada, "tides", article);
  await world.drain();
  world.advance(73 * hour);
  const [mail] = await world.mails(ada);
  expect((await world.post(`${mail?.confirmLink}/renew`)).status).toBe(303);
  await world.drain();
  await world.confirm(ada);
  expect(await subscription()).toMatchObject({ status: "active", source: article });
});

test("nothing that is asked for meanwhile, by a robot or a stranger, changes it", async () => {
  await world.signUp(ada, "tides", article);
  await ask(world, networkNo(1), { email: ada, form: "theirs", utm_campaign: "theirs", subject_2: "x" });
  await ask(world, networkNo(2), { email: ada, form: "theirs", utm_campaign: "theirs" });
  await world.drain();
  await world.confirm(ada);
  expect((await subscription()).source).toMatchObject(article);
});

test("a robot that was first leaves none, and the reader's own is kept", async () => {
  await ask(world, networkNo(1), { email: ada, form: "theirs", utm_campaign: "theirs", subject_2: "x" });
  expect((await subscription()).source).toEqual({});
  await world.signUp(ada, "tides", article);
  await world.drain();
  await world.confirm(ada);
  expect((await subscription()).source).toMatchObject(article);
});

test("whoever has left and signs up again comes from where that was", async () => {
  await leave();
  world.advance(hour);
  await world.signUp(ada, "tides", article);
  expect(await subscription()).toMatchObject({ status: "pending", generation: 2, source: article });
});

test("a robot in the trap does not make somebody who has left ask again: they may take it back and say why", async () => {
  const { undo, reason } = await leave();
  const left = await subscription();
  world.advance(minute);
  await ask(world, networkNo(9), { email: ada, subject_2: "x" });
  expect(await subscription()).toEqual(left);
  expect((await world.post(reason, { reason: "too-many" })).status).toBe(200);
  expect(await world.ctx.store.db.selectFrom("goodbyes").select("reason").execute()).toEqual([{ reason: "too-many" }]);
  expect((await world.post(undo)).status).toBe(200);
  expect((await subscription()).status).toBe("active");
});

test("nor does a network that is over its limit", async () => {
  await leave();
  const left = await subscription();
  await world.instance({ signupLimits: { network: 2 } });
  for (const email of ["one@reader.example", "two@reader.example"]) await ask(world, networkNo(3), { email });
  expect((await ask(world, networkNo(3), { email: ada })).status).toBe(429);
  const row = await world.ctx.store.db
    .selectFrom("subscriptions")
    .innerJoin("subscribers", "subscribers.id", "subscriptions.subscriber")
    .select(["status", "generation", "since"])
    .where("email_key", "=", ada)
    .executeTakeFirstOrThrow();
  expect(row).toEqual({ status: left.status, generation: left.generation, since: left.since });
});
