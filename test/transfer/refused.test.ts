import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { holdMail } from "../../src/instance/hold.ts";
import { createSigner } from "../../src/mail/tokens.ts";
import { day, hour, type World } from "../world.ts";
import { courseOf, everything, moveBetween, openBusy, openFresh, sideOf, token } from "./places.ts";

async function refused(source: World, target: World, message: RegExp, hint: RegExp): Promise<void> {
  const before = [await everything(source), await everything(target)];
  await expect(moveBetween(courseOf(sideOf(source, "old"), sideOf(target, "new")))).rejects.toMatchObject({
    code: "preflight",
    message: expect.stringMatching(message),
    details: { hint: expect.stringMatching(hint) },
  });
  expect([await everything(source), await everything(target)]).toEqual(before);
  const { db } = source.ctx.store;
  const held = await db.selectFrom("instance").select("held").executeTakeFirstOrThrow();
  expect(held.held ?? "").not.toContain("moved");
}

describe("a move does not begin", () => {
  test("with a key ring at the target that lacks a key of the source", async () => {
    await using source = await openBusy(10);
    await using target = await openFresh(source);
    const other = createSigner({ current: 1, keys: new Map([[1, new Uint8Array(32).fill(9)]]) });
    const wrong = { ...target, ctx: { ...target.ctx, signer: other } };
    await refused(
      source,
      wrong,
      /key 1 of the source is missing there, or another/,
      /wrangler secret put TIDINGS_KEY_RING/,
    );
  });

  test("into an installation that has readers", async () => {
    await using source = await openBusy(10);
    await using target = await openFresh(source);
    await target.newsletter("own");
    await refused(source, target, /must be a fresh installation/, /Make a new one/);
  });

  test("between programs of different versions", async () => {
    await using source = await openBusy(10);
    await using target = await openFresh(source);
    await sql`insert into d1_migrations (name) values ('9999_later.sql')`.execute(target.ctx.store.db);
    await refused(source, target, /the target has 9999_later\.sql, which the source lacks/, /same version/);
  });

  test("between clocks that are far apart", async () => {
    await using source = await openBusy(10);
    await using target = await openFresh(source);
    target.advance(hour);
    await refused(source, target, /60 minutes apart/, /Set the wrong one right/);
  });

  test("while mails of the source are held for another reason", async () => {
    await using source = await openBusy(10);
    await using target = await openFresh(source);
    await holdMail(source.ctx, { kind: "clock", reason: "the clock went back." });
    await refused(source, target, /Mails of the source are held: the clock went back/, /tidings instance release/);
  });

  test("while nobody knows whether a batch has left", async () => {
    await using source = await openBusy(300);
    await using target = await openFresh(source);
    await sql`update batches set state = 'claimed', holder = null, payload_hash = 'x', due_at = ${source.clock.now + day}
      where id = (select max(id) from batches where lane = 1)`.execute(source.ctx.store.db);
    await refused(source, target, /had no answer for a batch/, /settle them first/);
  });

  test("to itself", async () => {
    await using source = await openBusy(10);
    await refused(source, source, /Both ends are the same installation/, /name another target/);
  });
});

test("a batch in flight is waited for, and its answer moves along", async () => {
  await using source = await openBusy(300);
  await using target = await openFresh(source);
  const { db } = source.ctx.store;
  const flying = sql`id = (select max(id) from batches where lane = 1)`;
  await sql`update batches set state = 'claimed', holder = 'somebody', due_at = ${source.clock.now + 30_000} where ${flying}`.execute(
    db,
  );
  let waited = 0;
  await moveBetween(
    courseOf(sideOf(source, "old"), sideOf(target, "new"), {
      pause: async () => {
        waited += 1;
        if (waited === 2) await sql`update batches set state = 'accepted', holder = null where ${flying}`.execute(db);
      },
    }),
  );
  expect(waited).toBe(2);
  const there = await sql<{ state: string }>`select state from batches where ${flying}`.execute(target.ctx.store.db);
  expect(there.rows).toEqual([{ state: "accepted" }]);
});

test("two moves do not mix: neither end takes part in another one meanwhile", async () => {
  await using source = await openBusy(10);
  await using target = await openFresh(source);
  await using third = await openFresh(source);
  await moveBetween(courseOf(sideOf(source, "old"), sideOf(target, "new")));
  await expect(moveBetween(courseOf(sideOf(source, "old"), sideOf(third, "third")))).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("The source moves, or has moved, to new"),
  });
  const app = createApp(target.ctx, { operatorToken: token });
  const answer = await app.request("/api/transfer/subscribers", {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ move: "0123456789abcdef", after: null, to: null, rows: [] }),
  });
  expect(answer.status).toBe(409);
  expect((await everything(target)).subscribers).toEqual((await everything(source)).subscribers);
});
