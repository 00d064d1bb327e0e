import type Database from "better-sqlite3";
import { expect } from "vitest";

interface Count {
  readonly id: number;
  readonly size: number;
  readonly members: number;
}

const wrongSizes = `
  select * from (
    select b.id, b.size, (
        select count(*) from deliveries d where d.issue = b.issue and d.subscriber between b.first and b.last
          and d.batch is null and d.state is null
      ) + (select count(*) from deliveries d where d.batch = b.id and d.state is null) members
    from batches b where b.lane = 1)
  where size <> members`;

const overlaps = `
  select id, issue, first, before from (
    select id, issue, first, lag(last) over (partition by issue order by first) before from batches where first is not null)
  where before >= first`;

const homeless = `
  select d.issue, d.subscriber from deliveries d where d.batch is null and not exists (
    select 1 from batches b where b.issue = d.issue and b.first <= d.subscriber and b.last >= d.subscriber)`;

const sums = `
  select (select coalesce(sum(size), 0) from batches where issue = @issue)
    + (select count(*) from deliveries where issue = @issue and state is not null) summed`;

const leftJournals = `
  select j.batch, b.state from journals j left join batches b on b.id = j.batch
  where b.state is not 'claimed' or b.payload_hash is null`;

/**
 * What holds after every statement: sizes are true, no journal outlives its batch, no reader is in two batches, and the sums add up to what is owed:
 * so many readers of each issue, or as many as have a delivery.
 */
export function assertLedger(connection: Database.Database, owed = countOwed(connection)): void {
  expect(connection.prepare<[], Count>(wrongSizes).all(), "batches whose size is not the number of members").toEqual(
    [],
  );
  expect(connection.prepare(overlaps).all(), "ranges that share a reader").toEqual([]);
  expect(connection.prepare(leftJournals).all(), "journals of batches that are not in flight").toEqual([]);
  const summed = connection.prepare<{ issue: number }, { summed: number }>(sums);
  for (const [issue, readers] of owed) expect(summed.get({ issue })?.summed, `sums of issue ${issue}`).toBe(readers);
}

function countOwed(connection: Database.Database): Map<number, number> {
  const rows = connection.prepare<[], { issue: number; n: number }>(
    "select issue, count(*) n from deliveries group by issue",
  );
  return new Map(rows.all().map(({ issue, n }) => [issue, n]));
}

/** Deliveries that no batch holds; slower than the others, and they can only come of planning or splitting. */
export function assertHoused(connection: Database.Database): void {
  expect(connection.prepare(homeless).all(), "deliveries without a batch").toEqual([]);
}
