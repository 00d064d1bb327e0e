import { expect, test } from "vitest";
import { authenticate } from "../../src/instance/tokens.ts";
import { releaseMail, viewHeld } from "../../src/issue/release.ts";
import type { World } from "../world.ts";
import { courseOf, everything, freshToken, moveBetween, openBusy, openFresh, sideOf, tokensOf } from "./places.ts";

async function release(world: World): Promise<void> {
  const { held } = await viewHeld(world.ctx);
  await releaseMail(world.ctx, { at: held?.at ?? 0, dropNotices: false });
}

test("everything moves, and each mail that is owed leaves exactly once, from the target, after its release", async () => {
  await using source = await openBusy();
  await using target = await openFresh(source);
  const own = await tokensOf(target);
  const before = await everything(source);
  const sent = (await source.recipients()).length;
  expect(sent).toBeGreaterThan(200);

  const tables = await moveBetween(courseOf(sideOf(source, "old"), sideOf(target, "new")));
  expect(await everything(target, own)).toEqual(before);
  expect(await everything(source)).toEqual(before);
  const rows = new Map(tables?.map((one) => [one.name, one.rows]));
  for (const [name, kept] of Object.entries(before)) expect(rows.get(name), name).toBe(kept.length);

  // Nothing leaves from either side by itself.
  source.advance(3_600_000);
  target.advance(3_600_000);
  expect([await source.drain(), await target.drain()]).toEqual([0, 0]);
  expect([(await source.recipients()).length, (await target.recipients()).length]).toEqual([sent, 0]);

  await release(target);
  await target.drain();
  const all = [...(await source.recipients()), ...(await target.recipients())];
  const evening = all.filter((to) => to.endsWith("-evening@example.net"));
  // Of 2,000, one has complained and one was erased before planning.
  expect(evening).toHaveLength(1_998);
  expect(new Set(evening).size).toBe(1_998);
  expect(all.filter((to) => to === "waiting@example.org")).toHaveLength(1);
  expect((await source.recipients()).length).toBe(sent);
  const { db } = target.ctx.store;
  const status = await db.selectFrom("issues").select(["slug", "status"]).orderBy("slug").execute();
  expect(status).toEqual([
    { slug: "doubtful", status: "incomplete" },
    { slug: "first", status: "sent" },
    { slug: "half", status: "sent" },
    { slug: "later", status: "scheduled" },
  ]);
});

test("links of mails sent before the move work at the target: confirm, one-click, preferences, archive", async () => {
  await using source = await openBusy(50);
  await source.join("dora@example.org", "morning");
  await source.signUp("late@example.org", "morning");
  await source.drain();
  const issue = (await source.mails("ada@example.org")).at(-1);
  const confirmation = (await source.mails("late@example.org")).at(-1);
  await using target = await openFresh(source);
  await moveBetween(courseOf(sideOf(source, "old"), sideOf(target, "new")));

  expect((await target.press(confirmation?.confirmLink ?? "", /\/confirm\//)).status).toBe(303);
  const oneClick = /<(https:[^>]+)>/.exec(issue?.headers.get("list-unsubscribe") ?? "")?.[1] ?? "";
  expect((await target.get(issue?.preferencesLink ?? "")).status).toBe(200);
  expect((await target.post(oneClick, { "List-Unsubscribe": "One-Click" })).status).toBe(200);
  const { db } = target.ctx.store;
  const statusOf = async (email: string) =>
    db
      .selectFrom("subscriptions as s")
      .innerJoin("subscribers as p", "p.id", "s.subscriber")
      .innerJoin("newsletters as n", "n.id", "s.newsletter")
      .select(["n.slug", "s.status"])
      .where("p.email_key", "=", email)
      .orderBy("n.slug")
      .execute();
  expect(await statusOf("late@example.org")).toEqual([{ slug: "morning", status: "active" }]);
  expect((await statusOf("ada@example.org")).map(({ status }) => status).sort()).toEqual(["active", "unsubscribed"]);
});

test("ids that the source has given out are never given out again by the target", async () => {
  await using source = await openBusy(20);
  const highest = Number(
    (await source.beside().prepare("select seq from sqlite_sequence where name = 'subscribers'").pluck().get()) ?? 0,
  );
  await source.ctx.store.db.deleteFrom("subscribers").where("email_key", "=", "waiting@example.org").execute();
  await using target = await openFresh(source);
  await moveBetween(courseOf(sideOf(source, "old"), sideOf(target, "new")));
  await target.signUp("fresh@example.org", "morning");
  const fresh = await target.ctx.store.db
    .selectFrom("subscribers")
    .select("id")
    .where("email_key", "=", "fresh@example.org")
    .executeTakeFirstOrThrow();
  expect(fresh.id).toBeGreaterThan(highest);
});

test("admin tokens of both sides open the target", async () => {
  await using source = await openBusy(10);
  await using target = await openFresh(source);
  await moveBetween(courseOf(sideOf(source, "old"), sideOf(target, "new")));
  expect(await authenticate(target.ctx, source.firstToken ?? "")).toHaveLength(3);
  expect(await authenticate(target.ctx, freshToken)).toHaveLength(3);
});

test("moving on and back works, and each place stays silent behind its move", async () => {
  await using first = await openBusy(30);
  await using second = await openFresh(first);
  await using third = await openFresh(first);
  await moveBetween(courseOf(sideOf(first, "first"), sideOf(second, "second")));
  await release(second);
  await second.drain();
  await second.join("second@example.org", "noon");
  const own = await tokensOf(third);
  const before = await everything(second, own);
  await moveBetween(courseOf(sideOf(second, "second"), sideOf(third, "third"), { id: "fedcba9876543210" }));
  expect(await everything(third, own)).toEqual(before);
  const { held } = await viewHeld(second.ctx);
  expect(held?.reason).toMatch(/^this installation moved to third at .* Nothing leaves from here any more\.$/);
});
