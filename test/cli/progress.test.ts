import { describe, expect, test } from "vitest";
import { width } from "../../src/cli/printable.ts";
import { progressLine, progressWords, type Reading, rateMeter, tenths } from "../../src/cli/progress.ts";

function reading(accepted: number, open: number, extra: Partial<Reading> & { failed?: number } = {}): Reading {
  const { failed = 0, ...rest } = extra;
  const sums = { planned: accepted + open + failed, accepted, open, failed, skipped: 0, inDoubt: 0 };
  return { sums, isPlanned: true, rate: 50, waitsUntil: null, ...rest };
}

describe("the line of a send", () => {
  test("has a bar, sums, rate and remaining time", () => {
    expect(progressLine(reading(500, 500), 80)).toBe(
      `${"█".repeat(15)}${"░".repeat(15)}  500 of 1,000 accepted · 50/s · 10 s left`,
    );
  });

  test("tells of what failed", () => {
    expect(progressWords(reading(900, 90, { failed: 10, rate: 91 }))).toBe(
      "900 of 1,000 accepted · 10 failed · 91/s · 1 s left",
    );
  });

  test("claims no rate where none is known", () => {
    expect(progressWords(reading(500, 500, { rate: null }))).toBe("500 of 1,000 accepted");
    expect(progressWords(reading(500, 500, { rate: 0 }))).toBe("500 of 1,000 accepted");
  });

  test("says until when it waits, and then neither rate nor remaining time", () => {
    const waitsUntil = Date.UTC(2026, 10, 22, 15, 26, 59);
    expect(progressWords(reading(500, 500, { waitsUntil }))).toBe("500 of 1,000 accepted · waits until 15:26:59 UTC");
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

describe("the rate of a send", () => {
  test("is unknown at first, and counts nothing of an earlier run", () => {
    const measure = rateMeter(0, 500);
    expect([measure(100, 500, false), measure(400, 600, false)]).toEqual([null, null]);
    expect(measure(1_000, 600, false)).toBe(null);
    expect(measure(1_000, 700, false)).toBe(200);
  });

  test("does not decay between two batches", () => {
    const measure = rateMeter(0, 0);
    expect(measure(2_000, 100, false)).toBe(50);
    expect(measure(9_000, 100, false)).toBe(50);
  });

  test("is that of the last seconds, not that since the start", () => {
    const measure = rateMeter(0, 0);
    for (let second = 1; second <= 60; second += 1) measure(second * 1_000, second * 10, false);
    for (let second = 61; second <= 65; second += 1) measure(second * 1_000, 600 + (second - 60) * 100, false);
    expect(measure(65_000, 1_100, false)).toBe(100);
  });

  test("counts no wait, after which it is measured anew", () => {
    const measure = rateMeter(0, 0);
    measure(1_000, 100, false);
    for (let at = 3_000; at <= 60_000; at += 1_000) expect(measure(at, 100, true)).toBe(null);
    expect(measure(61_000, 200, false)).toBe(100);
  });
});
