const shape =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(?:(Z)|([+-])(\d{2}):?(\d{2})))?$/i;

/** What a date in an issue file means: milliseconds UTC, or why it means nothing. */
export type DateReading = { outcome: "read"; time: number } | { outcome: "format" } | { outcome: "impossible" };

/** Reads YYYY-MM-DD (00:00 UTC of that day) or an ISO 8601 time with its zone; years 1970 to 2199. */
export function readDate(text: string): DateReading {
  const match = shape.exec(text);
  if (match === null) return { outcome: "format" };
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const [hour, minute, second] = [part(4), part(5), part(6)];
  const milliseconds = Number((match[7] ?? "").padEnd(3, "0"));
  const local = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  if (year < 1970 || year > 2199 || hour > 23 || minute > 59 || second > 59) return { outcome: "impossible" };
  // Date.UTC carries over: 30 February becomes 2 March, and only the parts read back tell.
  const back = new Date(local);
  if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day) return { outcome: "impossible" };
  if (part(10) > 14 || part(11) > 59) return { outcome: "impossible" };
  const offset = (part(10) * 60 + part(11)) * 60_000 * (match[9] === "-" ? -1 : 1);
  return { outcome: "read", time: local - offset };
}
