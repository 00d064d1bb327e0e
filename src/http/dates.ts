import type { AppContext } from "../context.ts";
import { readInstance } from "../instance/find.ts";
import { zoneOfDay } from "../mail/language.ts";
import { sourceLanguage } from "../mail/texts.ts";

/** A time for machines and in words. */
export interface Told {
  readonly iso: string;
  readonly words: string;
}

/** Tells times (ms UTC) in one language, as clocks show them in the zone of the instance. */
export interface Calendar {
  /** The day of an instant. */
  day(at: number): Told;
  /** The day that an issue shows. */
  issued(at: number): Told;
  /** The month of that day; `iso` is YYYY-MM. */
  month(at: number): Told;
  /** Day, time and zone. */
  moment(at: number): Told;
}

/** The calendar of this installation in a language that pages speak. */
export async function calendarOf(ctx: AppContext, language: string): Promise<Calendar> {
  return calendarIn((await readInstance(ctx)).timeZone, language);
}

/** The same for a zone by its name. */
export function calendarIn(zone: string, language: string): Calendar {
  function day(at: number, timeZone: string = zone): Told {
    return { iso: isoDay(at, timeZone), words: format(at, language, { dateStyle: "long", timeZone }) };
  }
  return {
    day: (at) => day(at),
    issued: (at) => day(at, zoneOfDay(at, zone)),
    month(at) {
      const timeZone = zoneOfDay(at, zone);
      const words = format(at, language, { month: "long", year: "numeric", timeZone });
      return { iso: isoDay(at, timeZone).slice(0, 7), words };
    },
    moment(at) {
      const parts = { year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" } as const;
      const words = format(at, language, { ...parts, timeZoneName: "short", timeZone: zone });
      return { iso: new Date(at).toISOString(), words };
    },
  };
}

/** English without a country is written as most of its readers write it: the day first. */
function format(at: number, language: string, how: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(language === sourceLanguage ? "en-GB" : language, how).format(at);
}

/** YYYY-MM-DD, as people write it in Sweden. */
function isoDay(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeZone }).format(at);
}
