import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { tick } from "../src/jobs.ts";
import { day, hour, openWorld } from "./world.ts";

async function count(world: Awaited<ReturnType<typeof openWorld>>, table: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) n from ${sql.table(table)}`.execute(world.ctx.store.db);
  return rows[0]?.n ?? 0;
}

describe("the tick", () => {
  it("keeps notices, their batches and the outbox for thirty days, then lets them go", async () => {
    await using world = await openWorld();
    await world.newsletter("morning");
    await world.join("ada@reader.example", "morning");
    world.advance(29 * day);
    await tick(world.ctx);
    expect(await count(world, "notices")).toBe(1);
    expect(await world.mails()).toHaveLength(1);
    world.advance(2 * day);
    expect(await tick(world.ctx)).toMatchObject({ mails: 1 });
    expect(await world.mails()).toHaveLength(0);
    world.advance(3 * day);
    expect(await tick(world.ctx)).toMatchObject({ notices: 1 });
    expect([await count(world, "notices"), await count(world, "batches")]).toEqual([0, 0]);
  });

  it("keeps for as long as the instance says", async () => {
    await using world = await openWorld();
    await world.newsletter("morning");
    await world.instance({ keepNoticesDays: 15, keepOutboxDays: 1 });
    await world.join("ada@reader.example", "morning");
    world.advance(day + hour);
    expect(await tick(world.ctx)).toMatchObject({ notices: 0, throttles: 0, mails: 1 });
    world.advance(17 * day);
    expect(await tick(world.ctx)).toMatchObject({ notices: 1 });
  });

  it("never forgets a mail that is still owed", async () => {
    await using world = await openWorld();
    await world.newsletter("morning");
    world.fault = () => ({ result: "retry", reason: "down" });
    await world.signUp("ada@reader.example", "morning");
    await world.drain();
    world.advance(200 * day);
    await tick(world.ctx);
    expect(await count(world, "batches")).toBe(1);
    expect(await count(world, "notices")).toBe(1);
  });

  it("forgets cool-downs thirty days after the last sign-up, and consent never", async () => {
    await using world = await openWorld();
    await world.newsletter("morning");
    await world.join("ada@reader.example", "morning");
    world.advance(30 * day + hour);
    expect(await tick(world.ctx)).toMatchObject({ throttles: 1 });
    expect(await count(world, "throttles")).toBe(0);
    expect(await count(world, "consents")).toBe(2);
  });

  it("does nothing the second time", async () => {
    await using world = await openWorld();
    await world.newsletter("morning");
    await world.join("ada@reader.example", "morning");
    world.advance(100 * day);
    await Promise.all([tick(world.ctx), tick(world.ctx)]);
    expect(Object.values(await tick(world.ctx)).filter((count) => count > 0)).toEqual([]);
  });
});
