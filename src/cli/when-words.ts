import { nearest } from "../nearest.ts";
import { asUtc, type Wall, wallAt } from "./zone.ts";

/** A time of day. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** A length of time; days are days of the calendar, which need not have 24 hours. */
export interface Span {
  readonly days: number;
  readonly ms: number;
}

/** The days that words may mean, the likeliest first; only their dates count. */
export type DayReading =
  | { readonly outcome: "days"; readonly days: readonly Wall[] }
  | { readonly outcome: "fault"; readonly message: string };

const units: readonly (readonly [RegExp, Span])[] = [
  [/^(?:s|secs?|seconds?)$/, { days: 0, ms: 1_000 }],
  [/^(?:m|mins?|minutes?)$/, { days: 0, ms: 60_000 }],
  [/^(?:h|hrs?|hours?)$/, { days: 0, ms: 3_600_000 }],
  [/^(?:d|days?)$/, { days: 1, ms: 0 }],
];

/** A length in words: 2h, 90 minutes, 1 h 30 min, 2 days; null for anything else. Lower case. */
export function spanOf(words: string): Span | null {
  if (!/^(?:\d{1,6} ?[a-z]+ ?)+$/.test(words)) return null;
  let [days, ms] = [0, 0];
  for (const [, count = "", name = ""] of words.matchAll(/(\d+) ?([a-z]+)/g)) {
    const unit = units.find(([pattern]) => pattern.test(name))?.[1];
    if (unit === undefined) return null;
    days += Number(count) * unit.days;
    ms += Number(count) * unit.ms;
  }
  return { days, ms };
}

const time = /^(?:(.*?)(?: |(?<=\d)t))?(?:at )?(?:(\d{1,2}):(\d\d)(?:(?: ?)(am|pm))?|(\d{1,2}) ?(am|pm)|(noon))$/;

/** The time of day at the end of words, and what stands before it; null where there is none. Lower case. */
export function timeAtEnd(words: string): { before: string; time: TimeOfDay } | null {
  const match = time.exec(words);
  if (match === null) return null;
  const [, before = "", long, minutes = "0", half = match[6], short, , noon] = match;
  const hour = noon === undefined ? Number(long ?? short) : 12;
  const minute = Number(minutes);
  if (minute > 59 || hour > 23) return null;
  const day = before.replace(/ at$/, "");
  if (half === undefined) return { before: day, time: { hour, minute } };
  if (hour < 1 || hour > 12) return null;
  return { before: day, time: { hour: (hour % 12) + (half === "pm" ? 12 : 0), minute } };
}

const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const months = [
  ...["january", "february", "march", "april", "may", "june"],
  ...["july", "august", "september", "october", "november", "december"],
];
const said = ["today", "tonight", "tomorrow", ...weekdays, ...months];

/** What words that cannot be read were most likely meant to be: "tomorow", 7.30, a lone hour; null where nothing is near. Lower case. */
export function nearestWords(words: string, now: Wall): string | null {
  const clock = words
    .replace(/(^| )(\d{1,2})\.(\d\d)(?=(?: ?[ap]m)?$)/, "$1$2:$3")
    .replace(/(^| )([01]?\d|2[0-3])$/, "$1$2:00");
  const spelt = clock.replace(/[a-z]{4,}/g, (word) => (isKnown(word) ? word : (nearest(word, said) ?? word)));
  const near = [clock, spelt].find((guess) => {
    const found = timeAtEnd(guess);
    return (
      (found !== null && readDay(found.before, now)?.outcome === "days") || readDay(guess, now)?.outcome === "days"
    );
  });
  return near === undefined || near === words ? null : near;
}

function isKnown(word: string): boolean {
  return word === "noon" || indexOf(said, word) >= 0;
}

/** Reads a day: none, today, tomorrow, a weekday (today's, or that of next week), a date. Null where it is no day at all. */
export function readDay(words: string, now: Wall): DayReading | null {
  if (words === "" || words === "today" || words === "tonight") return days(now);
  if (words === "tomorrow") return days(later(now, 1));
  // Never meant, but understood: it is past.
  if (words === "yesterday") return days(later(now, -1));
  const [first = "", ...rest] = words.split(" ");
  const weekday = indexOf(weekdays, first);
  if (weekday < 0) return readCalendarDay(words, now);
  if (rest.length === 0) {
    const ahead = (weekday - weekdayOf(now) + 7) % 7;
    return days(later(now, ahead), ...(ahead === 0 ? [later(now, 7)] : []));
  }
  const date = readCalendarDay(rest.join(" "), now);
  return date === null || date.outcome === "fault" ? date : onWeekday(date.days, weekday, rest.join(" "));
}

/** A weekday beside a date must be that date's: one of the two is a slip otherwise. */
function onWeekday(found: readonly Wall[], weekday: number, words: string): DayReading {
  const fitting = found.filter((one) => weekdayOf(one) === weekday);
  const [first] = found;
  if (fitting.length > 0 || first === undefined) return { outcome: "days", days: fitting };
  const [right = "", wrong = ""] = [weekdays[weekdayOf(first)], weekdays[weekday]];
  return { outcome: "fault", message: `${capitals(words)} is a ${capitals(right)}, not a ${capitals(wrong)}.` };
}

function readCalendarDay(words: string, now: Wall): DayReading | null {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(words);
  if (iso !== null) return calendarDay(words, Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(words);
  if (dotted !== null) return calendarDay(words, Number(dotted[3]), Number(dotted[2]), Number(dotted[1]));
  const named = /^(?:(\d{1,2})\.? ([a-z]+)|([a-z]+) (\d{1,2}))(?: (\d{4}))?$/.exec(words);
  if (named === null) return null;
  const month = indexOf(months, named[2] ?? named[3] ?? "") + 1;
  if (month === 0) return null;
  const date = Number(named[1] ?? named[4]);
  if (named[5] !== undefined) return calendarDay(words, Number(named[5]), month, date);
  const thisYear = calendarDay(words, now.year, month, date);
  const nextYear = calendarDay(words, now.year + 1, month, date);
  // 29 February may come next year alone.
  if (thisYear.outcome === "fault" || nextYear.outcome === "fault") {
    return thisYear.outcome === "fault" ? nextYear : thisYear;
  }
  return days(...thisYear.days, ...nextYear.days);
}

function calendarDay(words: string, year: number, month: number, day: number): DayReading {
  const wall = { year, month, day, hour: 0, minute: 0, second: 0 };
  const back = wallAt(asUtc(wall), "UTC");
  if (back.month === month && back.day === day && back.year === year) return days(wall);
  return { outcome: "fault", message: `There is no ${capitals(words)} in the calendar.` };
}

function days(...found: Wall[]): DayReading {
  return { outcome: "days", days: found };
}

function later(wall: Wall, by: number): Wall {
  return wallAt(asUtc({ ...wall, day: wall.day + by, hour: 0, minute: 0, second: 0 }), "UTC");
}

function weekdayOf(wall: Wall): number {
  return new Date(asUtc(wall)).getUTCDay();
}

function capitals(words: string): string {
  return words.replace(/[a-z]+/g, (word) => word.slice(0, 1).toUpperCase() + word.slice(1));
}

/** The place of a name that is given whole or by its first three letters or more; -1 for none. */
function indexOf(names: readonly string[], word: string): number {
  return word.length < 3 ? -1 : names.findIndex((name) => name.startsWith(word));
}
