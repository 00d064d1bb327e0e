import Database from "better-sqlite3";
import { afterAll, describe, expect, test } from "vitest";
import { openFile, sqliteEngine } from "../../src/node/engine.ts";
import { openStore } from "../../src/store/open.ts";
import { openRig } from "./rig.ts";
import type { Way } from "./ways.ts";

const readers = [1, 2, 3, 4].map((n) => `reader${n}@post.tld`);

const { outside, issues } = await openRig(readers.length);
/** The installation's connection, which waits 20 ms for others; and another program's. */
const own = openFile(issues.world.config.database, 20);
const other = new Database(issues.world.config.database);
Object.assign(issues.ctx, { store: openStore(sqliteEngine(own)) });
afterAll(() => {
  other.close();
  own.close();
});

/** Locks the database at the nth passage of a point, until a turn has failed for it; tells how many did. */
async function payWhileLocked(point: string, nth: number): Promise<number> {
  let passed = 0;
  Object.assign(issues.ctx, {
    probe: (passage: string) => {
      if (passage !== point) return;
      passed += 1;
      if (passed === nth) other.exec("begin immediate");
    },
  });
  let refused = 0;
  await issues.finish((fault) => {
    expect(fault).toMatchObject({ code: "unavailable", message: "The database is locked by another program." });
    refused += 1;
    if (other.inTransaction) other.exec("rollback");
  });
  expect(other.inTransaction).toBe(false);
  return refused;
}

const cases: [Way, string, number][] = [
  ...["planned", "claimed", "frozen", "sent", "answered", "settled"].map((point): [Way, string, number] => [
    "strict",
    point,
    1,
  ]),
  ...["claimed", "frozen", "sent", "settled"].map((point): [Way, string, number] => ["smtp", point, 1]),
  ["smtp", "leaving", 1],
  ["smtp", "leaving", 3],
];

describe("another program locks the database for longer than dispatch waits", () => {
  test.each(cases)(
    "by %s, at %s, passage %i: the turn fails and says so, and later each mail leaves once",
    async (way, point, nth) => {
      await outside.reset();
      issues.leaveBy(outside.way(way), 2);
      const issue = await issues.begin();
      expect(await payWhileLocked(point, nth)).toBeGreaterThan(0);
      const { issue: ended, sums } = await issues.status(issue);
      const taken = await outside.taken(way);
      issues.assertSound();
      expect(taken).toEqual(Object.fromEntries(readers.map((one) => [one, 1])));
      // By SMTP the answer to the last mail before the lock may be lost with the write that would have kept it.
      expect(sums.inDoubt).toBeLessThanOrEqual(way === "smtp" ? 1 : 0);
      expect(sums).toMatchObject({ accepted: 4 - sums.inDoubt, failed: 0, skipped: 0, open: 0 });
      expect(ended.status).toBe(sums.inDoubt === 0 ? "sent" : "incomplete");
    },
  );
});

test("on a database that turned read-only nothing leaves, each turn says so, and once mended each mail leaves once", async () => {
  await outside.reset();
  issues.leaveBy(outside.way("strict"), 2);
  const issue = await issues.begin();
  const { store } = issues.ctx;
  const barred = new Database(issues.world.config.database, { readonly: true });
  Object.assign(issues.ctx, { store: openStore(sqliteEngine(barred)) });
  const words = { code: "unavailable", message: "The database file cannot be written." };
  await expect(issues.world.turn()).rejects.toMatchObject(words);
  await expect(issues.world.turn()).rejects.toMatchObject(words);
  barred.close();
  expect((await outside.resend.counts()).requests).toBe(0);
  Object.assign(issues.ctx, { store, probe: () => {} });
  await issues.finish();
  expect(await outside.taken("strict")).toEqual(Object.fromEntries(readers.map((one) => [one, 1])));
  expect((await issues.status(issue)).issue.status).toBe("sent");
});
