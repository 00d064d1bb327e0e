import { readDate } from "../issue/date.ts";
import { nearestWords, readDay, type Span, spanOf, type TimeOfDay, timeAtEnd } from "./when-words.ts";
import { span } from "./words.ts";
import { asUtc, instantsOf, type Wall, wallAt } from "./zone.ts";

/** What a person's words for a time mean: an instant (ms UTC), with a remark where they had a second meaning; or why nothing. */
export type WhenReading =
  | { readonly outcome: "read"; readonly at: number; readonly note: string | null }
  | { readonly outcome: "fault"; readonly message: string; readonly hint: string };

const day = 24 * 3_600_000;
const year = 366 * day;

const usual = 'Such as "tomorrow 7:30", "monday 7:30", "2026-11-24 07:30" or "in 2h".';

/**
 * Reads a time as people say it, by the clocks of a zone: today, tomorrow, a weekday or a date with a time of day, `in 2h`, or
 * ISO 8601 with a zone of its own. Only what lies ahead, and no further than a year. `now` in ms UTC.
 */
export function readWhen(text: string, now: number, zone: string): WhenReading {
  const words = text
    .trim()
    .toLowerCase()
    .replace(/[\s,]+/g, " ");
  const reading = readWords(words, text, now, zone);
  if (reading.outcome === "fault") return reading;
  if (reading.at <= now) return past(reading.at, now, zone, words);
  if (reading.at - now <= year) return reading;
  return fault(`${tellMoment(reading.at, zone)} is more than a year away.`, "Look at the year again.");
}

function readWords(words: string, text: string, now: number, zone: string): WhenReading {
  const exact = /(?:z|[+-]\d\d:?\d\d)$/.test(words) ? readDate(words) : null;
  if (exact?.outcome === "read") return { outcome: "read", at: exact.time, note: null };
  const ahead = /^in (.+)$/.exec(words)?.[1];
  if (ahead !== undefined) return afterSpan(spanOf(ahead), text, now, zone);
  const found = timeAtEnd(words);
  const near = nearestWords(words, wallAt(now, zone));
  const hint = near === null ? usual : `Did you mean "${near}"?`;
  if (found === null) {
    const isDay = words !== "" && readDay(words, wallAt(now, zone)) !== null;
    if (!isDay) return fault(`"${text}" is no time that can be read.`, hint);
    if (words === "yesterday") return fault(`"${text}" has passed.`, "Name a time that is to come.");
    return fault(`"${text}" names a day and no time of day.`, `Such as "${text} 7:30".`);
  }
  const days = readDay(found.before, wallAt(now, zone));
  if (days === null) return fault(`"${found.before}" is no day that can be read.`, hint);
  if (days.outcome === "fault") return fault(days.message, usual);
  return firstAhead(days.days, found.time, now, zone);
}

function afterSpan(length: Span | null, text: string, now: number, zone: string): WhenReading {
  if (length === null) return fault(`"${text}" is no time that can be read.`, 'Such as "in 2h" or "in 90 minutes".');
  if (length.days === 0) return { outcome: "read", at: now + length.ms, note: null };
  // In two days at the same time of day, whether or not the clocks change in between.
  const wall = wallAt(now, zone);
  const then = wallAt(asUtc({ ...wall, day: wall.day + length.days }) + length.ms, "UTC");
  return reading(then, now, zone);
}

/** Of several days that the words may mean, the first at which the time still lies ahead; else the last. */
function firstAhead(days: readonly Wall[], { hour, minute }: TimeOfDay, now: number, zone: string): WhenReading {
  const readings = days.map((one) => reading({ ...one, hour, minute, second: 0 }, now, zone));
  const found = readings.find((one) => one.outcome === "fault" || one.at > now) ?? readings.at(-1);
  if (found === undefined) throw new Error("words that name no day");
  return found;
}

function reading(wall: Wall, now: number, zone: string): WhenReading {
  const instants = instantsOf(wall, zone);
  const { outcome } = instants;
  switch (outcome) {
    case "once":
      return { outcome: "read", at: instants.at, note: null };
    case "twice":
      if (instants.at <= now) return { outcome: "read", at: instants.again, note: null };
      return {
        outcome: "read",
        at: instants.at,
        note: `${clock(wall)} comes twice on ${date(wall)} in ${zone}, since the clocks are put back; the first is meant, the second would be ${new Date(instants.again).toISOString().slice(0, 16)}Z.`,
      };
    case "never": {
      const { from, to, next } = instants;
      // A gap of the past is the past.
      if (next <= now) return { outcome: "read", at: next, note: null };
      const jump = from.day === to.day ? clock(to) : `${clock(to)} of ${date(to)}`;
      return fault(
        `${clock(wall)} does not exist on ${date(wall)} in ${zone}: the clocks go from ${clock(from)} to ${jump}.`,
        `The next time there is ${clock(to)}: "${isoWords(wallAt(next, zone))}".`,
      );
    }
    default:
      return outcome satisfies never;
  }
}

function past(at: number, now: number, zone: string, words: string): WhenReading {
  const bare = /^(?:(?:today|tonight) )?(?:at )?(\d.*)$/.exec(words)?.[1];
  const again = bare === undefined || /\d[-. ]\d/.test(bare) ? null : `Did you mean "tomorrow ${bare}"?`;
  return fault(
    `${tellMoment(at, zone)} has passed, ${lengthOf(now - at)} ago.`,
    again ?? "Name a time that is to come.",
  );
}

function fault(message: string, hint: string): WhenReading {
  return { outcome: "fault", message, hint };
}

/** A moment as a person of the zone says it, and by UTC: Tue 24 Nov 2026, 07:30 Europe/Kyiv (05:30 UTC). */
export function tellMoment(at: number, zone: string): string {
  const [here, utc] = [wallAt(at, zone), wallAt(at, "UTC")];
  const own = `${date(here)} ${here.year}, ${clock(here)} ${zone}`;
  if (/^(?:etc\/)?(?:utc|gmt|uct|zulu)$/i.test(zone)) return own;
  return `${own} (${here.day === utc.day ? "" : `${date(utc)}, `}${clock(utc)} UTC)`;
}

/** The same with how far it is away: …, in 15 h 30 min. */
export function tellWhen(at: number, now: number, zone: string): string {
  return `${tellMoment(at, zone)}, ${at > now ? `in ${lengthOf(at - now)}` : "now"}`;
}

/** A span for people: up to two days as hours and minutes, then as days and hours. */
export function lengthOf(ms: number): string {
  if (ms < 2 * day) return span(ms);
  const hours = Math.round(ms / 3_600_000);
  const rest = hours % 24 === 0 ? "" : ` ${hours % 24} h`;
  return `${Math.floor(hours / 24)} days${rest}`;
}

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

function date(wall: Wall): string {
  return `${weekdays[new Date(asUtc(wall)).getUTCDay()]} ${wall.day} ${months[wall.month - 1]}`;
}

function clock({ hour, minute, second }: Wall): string {
  return [hour, minute, ...(second === 0 ? [] : [second])].map((part) => String(part).padStart(2, "0")).join(":");
}

function isoWords(wall: Wall): string {
  return new Date(asUtc(wall))
    .toISOString()
    .slice(0, wall.second === 0 ? 16 : 19)
    .replace("T", " ");
}
