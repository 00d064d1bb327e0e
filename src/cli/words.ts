const numbers = new Intl.NumberFormat("en");

/** 12408 → 12,408 */
export function count(number: number): string {
  return numbers.format(number);
}

/** count(1, "reader") → 1 reader; two and none take an s unless the plural is given. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** A moment for people, to the minute: 2026-11-22 06:30 UTC; a dash for none. */
export function moment(at: number | null): string {
  return at === null ? "–" : `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** A moment of today, to the second: 06:30:05 UTC. */
export function clockTime(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}

/** A span in at most two units: 9 h 12 min, 48 s. */
export function span(ms: number): string {
  const seconds = Math.max(Math.ceil(ms / 1_000), 0);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return minutes < 10 && seconds % 60 > 0 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** Milliseconds UTC of an ISO 8601 time with its zone; null for anything else. */
export function readMoment(text: string): number | null {
  const at = iso.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

const timeFields = /(?:At|Until|Since|^at|^since|^asOf)$/;

/** The same value with its times written as ISO 8601: what `--json` prints. */
export function withIsoTimes(value: unknown, name = ""): unknown {
  if (typeof value === "number" && timeFields.test(name)) return new Date(value).toISOString();
  if (Array.isArray(value)) return value.map((entry) => withIsoTimes(entry));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withIsoTimes(entry, key)]));
}
