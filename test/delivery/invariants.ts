import type Database from "better-sqlite3";
import { expect } from "vitest";
import type { Beside } from "../world/beside.ts";

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

const owedNow = "select issue, count(*) owed from deliveries group by issue";

/** What a look at the ledger has found. */
interface Found {
  readonly wrongSizes: unknown;
  readonly overlaps: unknown;
  readonly leftJournals: unknown;
  /** By issue: what the sums add up to. */
  readonly summed: readonly (readonly [issue: number, summed: number | undefined])[];
}

function judge({ summed, ...found }: Found, owed: ReadonlyMap<number, number>): void {
  expect(found.wrongSizes, "batches whose size is not the number of members").toEqual([]);
  expect(found.overlaps, "ranges that share a reader").toEqual([]);
  expect(found.leftJournals, "journals of batches that are not in flight").toEqual([]);
  for (const [issue, sum] of summed) expect(sum, `sums of issue ${issue}`).toBe(owed.get(issue));
}

/**
 * What holds after every statement: sizes are true, no journal outlives its batch, no reader is in two batches, and the sums add up to what is owed:
 * so many readers of each issue, or as many as have a delivery.
 */
export function assertLedger(connection: Database.Database, owed = countOwed(connection)): void {
  const summing = connection.prepare<{ issue: number }, { summed: number }>(sums);
  const found = {
    wrongSizes: connection.prepare<[], Count>(wrongSizes).all(),
    overlaps: connection.prepare(overlaps).all(),
    leftJournals: connection.prepare(leftJournals).all(),
    summed: [...owed.keys()].map((issue) => [issue, summing.get({ issue })?.summed] as const),
  };
  judge(found, owed);
}

function countOwed(connection: Database.Database): Map<number, number> {
  const rows = connection.prepare<[], { issue: number; owed: number }>(owedNow).all();
  return new Map(rows.map(({ issue, owed }) => [issue, owed]));
}

/** Deliveries that no batch holds; slower than the others, and they can only come of planning or splitting. */
export function assertHoused(connection: Database.Database): void {
  expect(connection.prepare(homeless).all(), "deliveries without a batch").toEqual([]);
}

/** `assertLedger` on either platform. */
export async function checkLedger(beside: Beside, owed?: ReadonlyMap<number, number>): Promise<void> {
  const counted = owed ?? new Map(await rowsOf(beside, owedNow));
  const summing = beside.prepare<unknown, { summed: number }>(sums);
  const summed: [number, number | undefined][] = [];
  for (const issue of counted.keys()) summed.push([issue, (await summing.get({ issue }))?.summed]);
  const found = {
    wrongSizes: await beside.prepare(wrongSizes).all(),
    overlaps: await beside.prepare(overlaps).all(),
    leftJournals: await beside.prepare(leftJournals).all(),
    summed,
  };
  judge(found, counted);
}

async function rowsOf(beside: Beside, text: string): Promise<[number, number][]> {
  return (await beside.prepare(text).raw().all()) as [number, number][];
}

/** `assertHoused` on either platform. */
export async function checkHoused(beside: Beside): Promise<void> {
  expect(await beside.prepare(homeless).all(), "deliveries without a batch").toEqual([]);
}
