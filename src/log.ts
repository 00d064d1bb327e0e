/** One event a line. Fields are plain data; addresses and link tokens never reach the line (I10). */
export interface Log {
  info(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Writes JSON lines with `at` in ISO 8601 UTC; `write` gets each line without its line break. */
export function createLog(write: (line: string) => void, clock: () => number): Log {
  function line(level: "info" | "error", event: string, fields: LogFields): void {
    const entry: Record<string, unknown> = { at: new Date(clock()).toISOString(), level, event };
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined) entry[name] = typeof value === "string" ? redact(value) : value;
    }
    write(JSON.stringify(entry));
  }
  return {
    info: (event, fields = {}) => line("info", event, fields),
    error: (event, fields = {}) => line("error", event, fields),
  };
}

/** A log that keeps nothing. */
export const silent: Log = { info() {}, error() {} };

const address = /[^\s<>"'(),:;]{1,64}@[^\s<>"'(),:;]{1,253}/gu;
const readerLink = /\/(confirm|u|p|manage|address)\/[^/?"]+/g;
const queryToken = /([?&](?:token|preview)=)[^&\s"]+/g;
const apiKey = /\b(?:re|tid)_[A-Za-z0-9_-]{6,}/g;

/** Cuts addresses to their first letter and domain, and link tokens and keys to their kind. */
export function redact(text: string): string {
  return text
    .replace(readerLink, "/$1/[token]")
    .replace(queryToken, "$1[token]")
    .replace(apiKey, "[key]")
    .replace(address, (found) => `${[...found][0] ?? ""}…@${found.slice(found.lastIndexOf("@") + 1)}`);
}
