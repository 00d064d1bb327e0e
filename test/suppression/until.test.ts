import fc from "fast-check";
import { expect, test } from "vitest";
import { tick } from "../../src/jobs.ts";
import { purgeSuppressions } from "../../src/suppression/purge.ts";
import { type SuppressionReason, suppress } from "../../src/suppression/suppress.ts";
import { openWorld } from "../world.ts";

interface Entry {
  readonly reason: SuppressionReason;
  readonly until: number | null;
}

const entry = fc.record<Entry>({
  reason: fc.constantFrom("complaint", "hard-bounce", "soft-bounce", "manual"),
  until: fc.option(fc.integer({ min: 1, max: 5 })),
});

const strength = ["soft-bounce", "manual", "hard-bounce", "complaint"];

test("entries of one address come to the strongest reason and the latest end, in any order", async () => {
  await using world = await openWorld();
  let at = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 6 }), async (entries) => {
      at += 1;
      const emailKey = `reader${at}@post.tld`;
      for (const one of entries)
        await world.ctx.store.commit(suppress({ emailKey, newsletter: 0, origin: "test", at, ...one }));
      const row = await world.ctx.store.db
        .selectFrom("suppressions")
        .select(["reason", "until"])
        .where("email_key", "=", emailKey)
        .executeTakeFirstOrThrow();
      expect(row.reason).toBe(strength[Math.max(...entries.map(({ reason }) => strength.indexOf(reason)))]);
      const ends = entries.map(({ until }) => until);
      expect(row.until).toBe(ends.includes(null) ? null : Math.max(...ends.map((until) => until ?? 0)));
    }),
    { numRuns: 100 },
  );
});

test("an entry ends at its time, not before, and those for good never", async () => {
  await using world = await openWorld();
  const { ctx, clock } = world;
  const all = { newsletter: 0, origin: "test", at: clock.now, reason: "soft-bounce" } as const;
  await ctx.store.commit(
    suppress({ ...all, emailKey: "a@post.tld", until: clock.now + 1 }),
    suppress({ ...all, emailKey: "b@post.tld", until: clock.now + 2 }),
    suppress({ ...all, emailKey: "c@post.tld" }),
  );
  expect(await purgeSuppressions(ctx)).toBe(0);
  world.advance(1);
  expect(await tick(ctx)).toMatchObject({ suppressions: 1 });
  world.advance(1e12);
  expect(await purgeSuppressions(ctx)).toBe(1);
  const left = await ctx.store.db.selectFrom("suppressions").select("email_key").execute();
  expect(left).toEqual([{ email_key: "c@post.tld" }]);
});
