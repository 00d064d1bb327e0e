import { beforeAll, expect, test } from "vitest";
import { planSlice } from "../../src/dispatch/plan.ts";
import { retireIssues } from "../../src/issue/retire.ts";
import { type Ledger, openLedger, seedIssue, seedReaders } from "./ledger.ts";

const readers = 6_000;
const day = 24 * 3_600_000;

let ledger: Ledger;
let issue: number;

beforeAll(async () => {
  ledger = await openLedger();
  const { connection, ctx, clock, newsletter } = ledger;
  seedReaders(connection, newsletter, readers, clock.now - 1);
  issue = seedIssue(connection, newsletter, clock.now, "one");
  seedIssue(connection, newsletter, clock.now, "two");
  while (connection.prepare("select 1 from issues where planned_at is null").get() !== undefined) await planSlice(ctx);
  const { lastInsertRowid: moved } = connection
    .prepare("insert into batches (lane, issue, size, state, due_at) values (1, ?, 3, 'accepted', 0)")
    .run(issue);
  connection
    .prepare("update deliveries set batch = ? where issue = ? and subscriber in (11, 2500, 5999)")
    .run(moved, issue);
  connection.exec(`
    update batches set size = size - 1 where issue = ${issue} and 11 between first and last;
    update batches set size = size - 1 where issue = ${issue} and 2500 between first and last;
    update batches set size = size - 1 where issue = ${issue} and 5999 between first and last;
    update batches set state = 'accepted', settled_at = 1 where lane = 1;
    update issues set status = 'sent', finished_at = ${clock.now}`);
  clock.now += day;
});

/** SQLite's plan of every statement that ran meanwhile, each line with its statement; the figures of ANALYZE are never there. */
async function planned(work: () => Promise<unknown>): Promise<string[]> {
  const from = ledger.ran.length;
  await work();
  const ran = ledger.ran.slice(from);
  expect(ran.length).toBeGreaterThan(0);
  return ran.flatMap(({ sql: text, parameters }) =>
    ledger.connection
      .prepare<unknown[], { detail: string }>(`explain query plan ${text}`)
      .all(...parameters)
      .map(({ detail }) => `${detail} IN ${text}`),
  );
}

/** The issues that are being emptied, and what a statement has made itself. */
const small =
  /^SCAN (?:issues USING (?:COVERING )?INDEX issues_emptying|j VIRTUAL TABLE|CONSTANT ROW|\(subquery-\d+\))/;

/** Lines that read a table that grows from end to end, or all deliveries of an issue, to find a few rows. */
function scans(lines: readonly string[]): string[] {
  return lines.filter((line) => {
    const [step = "", text = ""] = line.split(" IN ", 2);
    // Whether there is any is known with the first.
    const asksForAny = /exists \(select 1 from deliveries where issue = \?\)/.test(line);
    return (step.startsWith("SCAN ") && !small.test(step)) || (!asksForAny && allOf.test(step) && text !== "");
  });
}

const allOf = /^SEARCH (?:d|deliveries) USING PRIMARY KEY \(issue=\?\)$/;

const sweep = (deliveries: number) => retireIssues(ledger.ctx, ledger.clock.now, { commits: 1, deliveries });

test("no statement reads a whole table, or all deliveries of an issue, to delete a slice of it", async () => {
  const seen: string[] = [];
  for (let sweeps = 0; sweeps < 12; sweeps += 1) seen.push(...(await planned(() => sweep(2_000))));
  for (const table of ["deliveries", "batches"])
    expect(ledger.connection.prepare(`select count(*) n from ${table}`).get()).toEqual({ n: 0 });
  expect(scans(seen)).toEqual([]);
  const all = seen.join("\n");
  expect(all).toMatch(
    /^SEARCH issues USING (?:COVERING )?INDEX issues_retirable \(finished_at>\? AND finished_at<\?\)/m,
  );
  expect(all).toMatch(/^SEARCH deliveries USING PRIMARY KEY \(issue=\? AND subscriber<\?\) IN delete/m);
  expect(all).toMatch(/^SEARCH d USING PRIMARY KEY \(issue=\? AND subscriber<\?\) IN update batches/m);
  expect(all).toMatch(/^SEARCH d USING (?:COVERING )?INDEX deliveries_batch \(batch=\?\) IN update batches/m);
  expect(all).toMatch(/^SEARCH batches USING INDEX batches_range \(issue=\? AND first>\? AND first<\?\) IN delete/m);
});

test("a statement that does is found out", () => {
  expect(scans(["SCAN deliveries IN delete", "SEARCH d USING PRIMARY KEY (issue=?) IN update"])).toHaveLength(2);
});
