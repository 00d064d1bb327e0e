import { describe, expect, test } from "vitest";
import { lengthOf, readWhen, tellWhen } from "../../src/cli/when.ts";

// A Sunday: 14:00 UTC, 16:00 in Kyiv.
const now = Date.UTC(2026, 10, 22, 14);
const zone = "Europe/Kyiv";
const kyiv = (day: number, hour: number, minute = 0) => Date.UTC(2026, 10, day, hour - 2, minute);

function at(text: string, asked = now): number {
  const reading = readWhen(text, asked, zone);
  if (reading.outcome === "fault") throw new Error(reading.message);
  return reading.at;
}

function fault(text: string, asked = now, where = zone): string {
  const reading = readWhen(text, asked, where);
  if (reading.outcome === "read") throw new Error(`it was read as ${new Date(reading.at).toISOString()}`);
  return `${reading.message} ${reading.hint}`;
}

describe("a time as people say it is read by the clocks of the zone", () => {
  test.each([
    ["tomorrow 7:30", kyiv(23, 7, 30)],
    ["Tomorrow at 07:30", kyiv(23, 7, 30)],
    ["today 18:00", kyiv(22, 18)],
    ["tonight 8pm", kyiv(22, 20)],
    ["18:05", kyiv(22, 18, 5)],
    ["monday 7:30", kyiv(23, 7, 30)],
    ["Mon, 07:30", kyiv(23, 7, 30)],
    ["wed 12:15 am", kyiv(25, 0, 15)],
    ["thursday noon", kyiv(26, 12)],
    ["2026-11-24 07:30", kyiv(24, 7, 30)],
    ["2026-11-24T07:30", kyiv(24, 7, 30)],
    ["24.11.2026 07:30", kyiv(24, 7, 30)],
    ["24 Nov 2026, 07:30", kyiv(24, 7, 30)],
    ["Tue 24 Nov 2026, 07:30", kyiv(24, 7, 30)],
    ["november 24 at 7:30 pm", kyiv(24, 19, 30)],
    ["2 jan 9:00", Date.UTC(2027, 0, 2, 7)],
    ["in 2h", now + 2 * 3_600_000],
    ["in 90 minutes", now + 90 * 60_000],
    ["in 1 h 30 min", now + 90 * 60_000],
    ["in 45s", now + 45_000],
    ["2026-11-24T07:30:15+01:00", Date.UTC(2026, 10, 24, 6, 30, 15)],
    ["2026-11-24T07:30Z", Date.UTC(2026, 10, 24, 7, 30)],
  ])("%s", (text, expected) => {
    expect(new Date(at(text)).toISOString()).toBe(new Date(expected).toISOString());
  });
});

test("a weekday is today's while its time lies ahead, and that of next week afterwards", () => {
  expect(at("sunday 17:30")).toBe(kyiv(22, 17, 30));
  expect(at("sunday 7:30")).toBe(kyiv(29, 7, 30));
});

test("a date without a year is the next one", () => {
  expect(at("22 nov 17:30")).toBe(kyiv(22, 17, 30));
  expect(at("22 nov 7:30")).toBe(Date.UTC(2027, 10, 22, 5, 30));
});

test("in two days is the same time of day, also when the clocks change in between", () => {
  const saturday = Date.UTC(2027, 2, 27, 8);
  expect(at("in 2 days", saturday)).toBe(Date.UTC(2027, 2, 29, 7));
});

describe("what cannot be meant is refused, and the answer says what can", () => {
  test.each([
    ["7:30", /07:30 Europe\/Kyiv \(05:30 UTC\) has passed, 8 h 30 min ago\. Did you mean "tomorrow 7:30"\?$/],
    ["today 7:30", /Did you mean "tomorrow 7:30"\?$/],
    ["2026-11-22 07:30", /has passed, .* Name a time that is to come\.$/],
    ["2026-11-22T15:59+02:00", /has passed/],
    ["2027-12-24 10:00", /^Fri 24 Dec 2027, 10:00 Europe\/Kyiv \(08:00 UTC\) is more than a year away\./],
    ["tomorrow", /^"tomorrow" names a day and no time of day\. Such as "tomorrow 7:30"\.$/],
    ["2026-11-24", /names a day and no time of day/],
    ["Wed 24 Nov 2026, 07:30", /^24 Nov 2026 is a Tuesday, not a Wednesday\./],
    ["2026-02-30 07:30", /^There is no 2026-02-30 in the calendar\./],
    ["29 feb 07:30", /^There is no 29 Feb in the calendar\./],
    ["11/12 7:30", /^"11\/12" is no day/],
    ["next monday 7:30", /^"next monday" is no day/],
    ["tomorrow 25:00", /no time that can be read/],
    ["tomorrow 7:60", /no time that can be read/],
    ["tomorrow 13pm", /no time that can be read/],
    ["in 5", /no time that can be read\. Such as "in 2h"/],
    ["in 2 fortnights", /Such as "in 2h"/],
    ["tomorow 7:30", /^"tomorow" is no day that can be read\. Did you mean "tomorrow 7:30"\?$/],
    ["tomorow", /Did you mean "tomorrow"\?$/],
    ["Wendesday 7.30", /Did you mean "wednesday 7:30"\?$/],
    ["24 novmber 7:30", /Did you mean "24 november 7:30"\?$/],
    ["yesterday 7:30", /^Sat 21 Nov 2026, 07:30 .* has passed, .* Name a time that is to come\.$/],
    ["yesterday", /^"yesterday" has passed\. Name a time that is to come\.$/],
    ["7.30", /^"7\.30" is no time that can be read\. Did you mean "7:30"\?$/],
    ["tomorrow 7.30 pm", /Did you mean "tomorrow 7:30 pm"\?$/],
    ["tomorrow 7", /Did you mean "tomorrow 7:00"\?$/],
    ["tomorrow at 25", /Such as "tomorrow 7:30", "monday 7:30"/],
    ["soon", /Such as "tomorrow 7:30", "monday 7:30"/],
    ["", /^"" is no time that can be read\./],
  ])("%s", (text, words) => {
    expect(fault(text)).toMatch(words);
  });
});

describe("where the clocks change", () => {
  test("a time that they skip is refused, with the gap and the next time there is", () => {
    expect(fault("2027-03-28 03:30")).toBe(
      '03:30 does not exist on Sun 28 Mar in Europe/Kyiv: the clocks go from 03:00 to 04:00. The next time there is 04:00: "2027-03-28 04:00".',
    );
  });

  test("a whole day that they skip is refused too", () => {
    const before = Date.UTC(2011, 11, 29);
    expect(fault("2011-12-30 10:00", before, "Pacific/Apia")).toMatch(
      /^10:00 does not exist on Fri 30 Dec .* the clocks go from 00:00 to 00:00 of Sat 31 Dec\./,
    );
  });

  test("of a time that comes twice the first is taken, and that is said with the second", () => {
    expect(readWhen("2027-10-31 03:30", now, zone)).toEqual({
      outcome: "read",
      at: Date.UTC(2027, 9, 31, 0, 30),
      note: "03:30 comes twice on Sun 31 Oct in Europe/Kyiv, since the clocks are put back; the first is meant, the second would be 2027-10-31T01:30Z.",
    });
    expect(at("2027-10-31T01:30Z")).toBe(Date.UTC(2027, 9, 31, 1, 30));
  });

  test("between the two the second is taken", () => {
    const between = Date.UTC(2027, 9, 31, 0, 45);
    expect(readWhen("3:30", between, zone)).toEqual({ outcome: "read", at: Date.UTC(2027, 9, 31, 1, 30), note: null });
  });
});

describe("the echo is absolute and relative, and names the zone", () => {
  test.each([
    ["tomorrow 7:30", zone, "Mon 23 Nov 2026, 07:30 Europe/Kyiv (05:30 UTC), in 15 h 30 min"],
    ["tomorrow 0:30", zone, "Mon 23 Nov 2026, 00:30 Europe/Kyiv (Sun 22 Nov, 22:30 UTC), in 8 h 30 min"],
    ["tomorrow 7:30", "UTC", "Mon 23 Nov 2026, 07:30 UTC, in 17 h 30 min"],
    ["in 45s", "Asia/Kathmandu", "Sun 22 Nov 2026, 19:45:45 Asia/Kathmandu (14:00:45 UTC), in 45 s"],
    ["2026-11-30 07:30", "+01:00", "Mon 30 Nov 2026, 07:30 +01:00 (06:30 UTC), in 7 days 17 h"],
  ])("%s in %s", (text, where, told) => {
    const reading = readWhen(text, now, where);
    if (reading.outcome === "fault") throw new Error(reading.message);
    expect(tellWhen(reading.at, now, where)).toBe(told);
  });

  test("days are whole where they are", () => {
    expect(lengthOf(3 * 24 * 3_600_000)).toBe("3 days");
  });
});
