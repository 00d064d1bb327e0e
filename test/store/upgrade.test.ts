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

test("mails that wait or have left while the program is upgraded stay as they are, and no id is given out twice", () => {
  const connection = new Database(":memory:");
  migrate(
    connection,
    listMigrations().filter(({ name }) => name < "0006"),
  );
  connection.exec(`
    insert into subscribers (id, email, email_key, created_at) values (7, 'Ada@reader.example', 'ada@reader.example', 1);
    insert into batches (id, lane, size, state, due_at, settled_at) values (3, 0, 1, 'accepted', 5, 6);
    insert into notices (id, kind, subscriber, items, created_at, expires_at, due_at, batch)
      values (10, 'confirmation', 7, '[[1,1]]', 1, 100, 5, 3), (11, 'already', 7, '[[1,1]]', 2, 200, 50, null),
        (12, 'welcome', 7, '[]', 3, 300, 60, null);
    delete from notices where id = 12`);
  const before = connection.prepare<[], object>("select * from notices order by id").all();
  expect(migrate(connection)).toEqual(["0006_reader.sql", "0007_mailbox.sql"]);
  const after = connection.prepare<[], object>("select * from notices order by id").all();
  // Whom they are for is known to nobody but the key: their mailbox is found when the next is owed.
  expect(after).toEqual(before.map((notice) => ({ ...notice, mailbox: null })));
  const next = connection.prepare(
    "insert into notices (kind, items, created_at, expires_at, due_at) values ('test', '[]', 0, 0, 0)",
  );
  expect(next.run().lastInsertRowid).toBe(13);
  const taken = connection.prepare<[string], { detail: string }>(
    "explain query plan select 1 from notices where mailbox = ?",
  );
  expect(taken.all("key").map(({ detail }) => detail)).toEqual([
    "SEARCH notices USING COVERING INDEX notices_mailbox (mailbox=?)",
  ]);
  connection.close();
});
