import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDate } from "../../src/issue/date.ts";

describe("readDate", () => {
  it.each([
    ["2026-11-22", "2026-11-22T00:00:00.000Z"],
    ["2028-02-29", "2028-02-29T00:00:00.000Z"],
    ["2026-11-22T06:30Z", "2026-11-22T06:30:00.000Z"],
    ["2026-11-22T06:30:15+01:00", "2026-11-22T05:30:15.000Z"],
    ["2026-11-22 06:30-0500", "2026-11-22T11:30:00.000Z"],
    ["2026-11-22t06:30:15.5z", "2026-11-22T06:30:15.500Z"],
    ["2026-01-01T00:30+14:00", "2025-12-31T10:30:00.000Z"],
  ])("reads %s as %s", (text, instant) => {
    expect(readDate(text)).toEqual({ outcome: "read", time: Date.parse(instant) });
  });

  it.each(["2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "1969-12-31", "2200-01-01", "0026-11-22"])(
    "knows that %s does not exist or is not meant",
    (text) => expect(readDate(text)).toEqual({ outcome: "impossible" }),
  );

  it.each([
    "2026-11-22T24:00Z",
    "2026-11-22T06:60Z",
    "2026-11-22T06:30:60Z",
    "2026-11-22T06:30+15:00",
    "2026-11-22T06:30+01:60",
  ])("knows that %s is no time of day", (text) => expect(readDate(text)).toEqual({ outcome: "impossible" }));

  it.each([
    "",
    "tomorrow",
    "22.11.2026",
    "11/22/2026",
    "2026-11",
    "20261122",
    "2026-11-22T06:30",
    "2026-11-22Z",
    "2026-11-22T06Z",
    "٢٠٢٦-11-22",
  ])("cannot read %j", (text) => expect(readDate(text)).toEqual({ outcome: "format" }));

  it("reads back every instant that JavaScript prints", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date(Date.UTC(2199, 11, 31)), noInvalidDate: true }), (date) => {
        expect(readDate(date.toISOString())).toEqual({ outcome: "read", time: date.getTime() });
      }),
    );
  });
});
