/** What a clock on a wall shows; `month` and `day` count from 1. */
export interface Wall {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/**
 * When a wall clock of a zone shows a time: once, twice (`at` is the first, `again` the second), or never, because the clocks
 * go from `from` to `to` over it at `next`. Instants in ms UTC.
 */
export type Instants =
  | { readonly outcome: "once"; readonly at: number }
  | { readonly outcome: "twice"; readonly at: number; readonly again: number }
  | { readonly outcome: "never"; readonly from: Wall; readonly to: Wall; readonly next: number };

const day = 24 * 3_600_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const digits = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
  const format = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
    timeZone: zone,
    hourCycle: "h23",
    second: "numeric",
    ...digits,
  });
  formats.set(zone, format);
  return format;
}

/** The wall clock of a zone at an instant. Throws RangeError for a zone that is none. */
export function wallAt(at: number, zone: string): Wall {
  const parts = formatOf(zone).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value);
  return {
    year: part("year"),
    month: part("month"),
    day: part("day"),
    hour: part("hour"),
    minute: part("minute"),
    second: part("second"),
  };
}

/** The instant at which a wall clock of UTC shows this; days and hours beyond the end carry over. */
export function asUtc({ year, month, day: date, hour, minute, second }: Wall): number {
  return Date.UTC(year, month - 1, date, hour, minute, second);
}

/** How far the clocks of a zone are ahead of UTC at an instant, in ms. */
export function offsetAt(at: number, zone: string): number {
  return asUtc(wallAt(at, zone)) - Math.floor(at / 1_000) * 1_000;
}

/** The instants at which a wall clock of a zone shows a time. */
export function instantsOf(wall: Wall, zone: string): Instants {
  const shown = asUtc(wall);
  // No clock is a day away from UTC, so a change that matters lies between these.
  const [first, last] = [shown - day, shown + day];
  const offsets = [first, shown, last].map((at) => offsetAt(at, zone));
  const found = [...new Set(offsets)]
    .map((offset) => shown - offset)
    .filter((at) => asUtc(wallAt(at, zone)) === shown)
    .sort((a, b) => a - b);
  const [at, again] = found;
  if (at === undefined) return { outcome: "never", ...gapOver(shown, zone) };
  return again === undefined ? { outcome: "once", at } : { outcome: "twice", at, again };
}

/** The jump of the clocks over a time that they never show. */
function gapOver(shown: number, zone: string): { from: Wall; to: Wall; next: number } {
  let [before, next] = [shown - day, shown + day];
  // Clocks jump only forward over a gap: whatever they show earlier than the gap came before it.
  while (next - before > 1_000) {
    const middle = Math.floor((before + next) / 2_000) * 1_000;
    if (asUtc(wallAt(middle, zone)) < shown) before = middle;
    else next = middle;
  }
  return { from: wallAt(next + offsetAt(before, zone), "UTC"), to: wallAt(next, zone), next };
}
