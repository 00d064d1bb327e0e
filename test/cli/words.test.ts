import { describe, expect, test } from "vitest";
import { counted, moment, readMoment, span, withIsoTimes } from "../../src/cli/words.ts";

test("numbers are written as people read them", () => {
  expect([
    counted(0, "reader"),
    counted(1, "reader"),
    counted(12_408, "reader"),
    counted(2, "batch", "batches"),
  ]).toEqual([...["0 readers", "1 reader", "12,408 readers", "2 batches"]]);
});

test("moments have their zone", () => {
  expect(moment(Date.UTC(2026, 10, 22, 6, 30, 59))).toBe("2026-11-22 06:30 UTC");
  expect(moment(null)).toBe("–");
});

test.each([
  [0, "0 s"],
  [1, "1 s"],
  [59_400, "1 min"],
  [61_000, "1 min 1 s"],
  [15 * 60_000, "15 min"],
  [9 * 3_600_000 + 12 * 60_000, "9 h 12 min"],
  [2 * 3_600_000, "2 h"],
])("%d ms is %s", (ms, words) => {
  expect(span(ms)).toBe(words);
});

describe("a time that is given", () => {
  test("is read with its zone", () => {
    const at = Date.UTC(2026, 10, 22, 6, 30);
    expect(readMoment("2026-11-22T06:30:00Z")).toBe(at);
    expect(readMoment("2026-11-22T07:30+01:00")).toBe(at);
    expect(readMoment("2026-11-22T06:30:00.123Z")).toBe(at + 123);
  });

  test.each(["2026-11-22", "2026-11-22T06:30:00", "tomorrow", "1795347581297", "", "2026-02-30T25:00:00Z"])(
    "is refused without one: %s",
    (text) => {
      expect(readMoment(text)).toBeNull();
    },
  );
});

test("JSON has its times in ISO 8601, and nothing else is taken for one", () => {
  const at = Date.UTC(2026, 10, 22);
  const written = "2026-11-22T00:00:00.000Z";
  expect(
    withIsoTimes({ issue: { startedAt: at, finishedAt: null, id: 7 }, list: [{ since: at, at }], asOf: at }),
  ).toEqual({
    issue: { startedAt: written, finishedAt: null, id: 7 },
    list: [{ since: written, at: written }],
    asOf: written,
  });
});
