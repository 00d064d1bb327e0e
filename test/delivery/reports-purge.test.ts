import { expect, test } from "vitest";
import { keepReport } from "../../src/delivery/reports.ts";
import { nextTurn, tick } from "../../src/jobs.ts";
import { day, openWorld } from "../world.ts";

test("ids of applied reports are known for 35 days, those that wait for ever", async () => {
  await using world = await openWorld();
  const { ctx } = world;
  const body = '{"type":"contact.created"}';
  await keepReport(ctx, { provider: "resend", event: "applied", body });
  await world.drain();
  world.advance(1);
  await keepReport(ctx, { provider: "resend", event: "waiting", body });
  world.advance(35 * day - 1);
  expect(await tick(ctx)).toMatchObject({ reports: 0 });
  expect(await keepReport(ctx, { provider: "resend", event: "applied", body })).toBe(false);
  world.advance(2 * day);
  expect(await tick(ctx)).toMatchObject({ reports: 1 });
  const left = await ctx.store.db.selectFrom("webhooks").select("event").execute();
  expect(left).toEqual([{ event: "waiting" }]);
});

test("a report that waits makes the next turn worth taking", async () => {
  await using world = await openWorld();
  expect(await nextTurn(world.ctx)).toBe(null);
  await keepReport(world.ctx, { provider: "resend", event: "one", body: "{}" });
  expect(await nextTurn(world.ctx)).toBe(world.clock.now);
  await world.drain();
  expect(await nextTurn(world.ctx)).toBe(null);
});
