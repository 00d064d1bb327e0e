import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { listMigrations, migrate } from "../../src/node/migrate.ts";

test("a breaker that is open while the program is upgraded keeps why the provider fails, and since when", () => {
  const connection = new Database(":memory:");
  const known = listMigrations();
  migrate(
    connection,
    known.filter(({ name }) => name < "0002"),
  );
  const insert = connection.prepare("insert into outlets (name, failures, shut_until, reason) values (?, ?, ?, ?)");
  const words = 'Resend said "no": 502, and {"since":1}';
  insert.run("resend", 7, 1_764_000_030_000, JSON.stringify({ since: 1_764_000_000_000, words }));
  insert.run("smtp", 0, 0, null);
  expect(migrate(connection)).toContain("0002_failing_since.sql");
  const rows = connection.prepare(
    "select name, failures, shut_until, reason, failing_since from outlets order by name",
  );
  expect(rows.all()).toEqual([
    { name: "resend", failures: 7, shut_until: 1_764_000_030_000, reason: words, failing_since: 1_764_000_000_000 },
    { name: "smtp", failures: 0, shut_until: 0, reason: null, failing_since: null },
  ]);
  connection.close();
});
