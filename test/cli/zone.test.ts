import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readWhen } from "../../src/cli/when.ts";
import { asUtc, instantsOf, offsetAt, wallAt } from "../../src/cli/zone.ts";

const hour = 3_600_000;
const year = 366 * 24 * hour;
const zones = Intl.supportedValuesOf("timeZone");

/** What the runtime itself prints for an instant, to compare with. */
function printed(at: number, zone: string): string {
  const style = { dateStyle: "short", timeStyle: "medium", timeZone: zone } as const;
  return new Intl.DateTimeFormat("sv-SE", style).format(at);
}

function written(at: number, zone: string): string {
  return new Date(asUtc(wallAt(at, zone))).toISOString().slice(0, 19).replace("T", " ");
}

const anyZone = fc.constantFrom(...zones);
const anyMoment = fc.integer({ min: Date.UTC(1990, 0) / 1_000, max: Date.UTC(2037, 0) / 1_000 }).map((s) => s * 1_000);

describe("the clocks of every zone", () => {
  test("show what the runtime prints", () => {
    fc.assert(
      fc.property(anyZone, anyMoment, (zone, at) => {
        expect(written(at, zone)).toBe(printed(at, zone));
      }),
    );
  });

  test("lead back to the instant at which they show a time, or to the other one where it comes twice", () => {
    fc.assert(
      fc.property(anyZone, anyMoment, (zone, at) => {
        const found = instantsOf(wallAt(at, zone), zone);
        if (found.outcome === "never") throw new Error("a time that was just shown");
        const all = found.outcome === "twice" ? [found.at, found.again] : [found.at];
        expect(all).toContain(at);
        for (const one of all) expect(wallAt(one, zone)).toEqual(wallAt(at, zone));
        expect(all).toEqual([...all].sort((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });
});

/** Every change of the clocks of a zone within a year, to the second. */
function changes(zone: string, from: number): { at: number; by: number }[] {
  const found: { at: number; by: number }[] = [];
  for (let before = from; before < from + year; before += 24 * hour) {
    let [low, high] = [before, before + 24 * hour];
    const by = offsetAt(high, zone) - offsetAt(low, zone);
    if (by === 0) continue;
    while (high - low > 1_000) {
      const middle = (low + high) / 2 - (((low + high) / 2) % 1_000);
      if (offsetAt(middle, zone) === offsetAt(before, zone)) low = middle;
      else high = middle;
    }
    found.push({ at: high, by });
  }
  return found;
}

describe("around every change of the clocks in the coming year", () => {
  const now = Date.UTC(2026, 10, 22);
  const all = zones.flatMap((zone) => changes(zone, now).map((change) => ({ zone, ...change })));
  const words = (wall: number) => new Date(wall).toISOString().slice(0, 16);
  const shownBefore = ({ at, zone }: { at: number; zone: string }) => asUtc(wallAt(at - 1_000, zone)) + 1_000;

  test("there are such changes in both directions", () => {
    expect(all.filter(({ by }) => by > 0).length).toBeGreaterThan(50);
    expect(all.filter(({ by }) => by < 0).length).toBeGreaterThan(50);
  });

  test("a time in the gap is refused with the jump, and the one named instead is read", () => {
    for (const change of all.filter(({ by }) => by > 0)) {
      const start = shownBefore(change);
      for (const within of [start, start + change.by / 2, start + change.by - 60_000]) {
        const reading = readWhen(words(within), now, change.zone);
        if (reading.outcome === "read") throw new Error(`${change.zone} ${words(within)} was read`);
        expect(reading.message).toContain(`does not exist`);
        const [, instead = ""] = /"(.*)"/.exec(reading.hint) ?? [];
        expect(readWhen(instead, now, change.zone)).toEqual({ outcome: "read", at: change.at, note: null });
      }
      expect(readWhen(words(start - 60_000), now, change.zone)).toMatchObject({ at: change.at - 60_000, note: null });
    }
  });

  test("of a time that comes twice the earlier one is taken, with a remark that names the later", () => {
    for (const change of all.filter(({ by }) => by < 0)) {
      const end = shownBefore(change);
      for (const back of [-change.by, 60_000]) {
        const reading = readWhen(words(end - back), now, change.zone);
        expect(reading).toMatchObject({ outcome: "read", at: change.at - back });
        const [, second = ""] =
          /second would be (\S+)\.$/.exec(reading.outcome === "read" ? (reading.note ?? "") : "") ?? [];
        expect(Date.parse(second)).toBe(change.at - back - change.by);
      }
      expect(readWhen(words(end), now, change.zone)).toMatchObject({ at: change.at - change.by, note: null });
    }
  });
});
