import { describe, expect, test } from "vitest";
import { width } from "../../src/cli/printable.ts";
import { progressLine, progressWords, type Reading, tenths } from "../../src/cli/progress.ts";

function reading(accepted: number, open: number, extra: Partial<Reading> & { failed?: number } = {}): Reading {
  const { failed = 0, ...rest } = extra;
  const sums = { planned: accepted + open + failed, accepted, open, failed, skipped: 0, inDoubt: 0 };
  return { sums, isPlanned: true, elapsed: 10_000, settledBefore: 0, ...rest };
}

describe("the line of a send", () => {
  test("has a bar, sums, rate and remaining time", () => {
    expect(progressLine(reading(500, 500), 80)).toBe(
      `${"█".repeat(15)}${"░".repeat(15)}  500 of 1,000 accepted · 50/s · 10 s left`,
    );
  });

  test("tells of what failed", () => {
    expect(progressWords(reading(900, 90, { failed: 10 }))).toBe("900 of 1,000 accepted · 10 failed · 91/s · 1 s left");
  });

  test("claims no rate before it can know one, and none for what an earlier run did", () => {
    expect(progressWords(reading(500, 500, { elapsed: 100 }))).toBe("500 of 1,000 accepted");
    expect(progressWords(reading(500, 500, { settledBefore: 500 }))).toBe("500 of 1,000 accepted");
  });

  test("says that recipients are still being written down", () => {
    expect(progressLine(reading(0, 20_000, { isPlanned: false }), 80)).toBe("Writing down recipients: 20,000 so far");
  });

  test.each([20, 40, 60, 80, 200])("fits a terminal of %d columns", (columns) => {
    expect(width(progressLine(reading(123_456, 876_544, { failed: 12 }), columns))).toBeLessThan(columns);
  });

  test("is full at the end and empty at the start", () => {
    expect(progressLine(reading(1_000, 0), 80)).toContain("█".repeat(30));
    expect(progressLine(reading(0, 1_000), 80)).toContain("░".repeat(30));
  });
});

test("a log gets a line for each tenth", () => {
  expect([tenths(reading(99, 901).sums), tenths(reading(100, 900).sums), tenths(reading(1_000, 0).sums)]).toEqual([
    0, 1, 10,
  ]);
});
