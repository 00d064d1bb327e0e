import { type Refusal, refusal } from "./rules.ts";

/** What headers say where no limit is enforced: high enough never to slow a test down. */
const generous = 1_000;

/** Calls per second, counted in whole seconds of its clock; null enforces none. The headers tell of it either way. */
export function createLimiter(initial: number | null, clock: () => number) {
  let rate = initial;
  let window = 0;
  let used = 0;
  return {
    refuse: (): [number, Refusal, Record<string, string>] | null => {
      const now = Math.floor(clock() / 1_000);
      used = now === window ? used + 1 : 1;
      window = now;
      const fault = refusal(429, "rate_limit_exceeded", "Too many requests.");
      return rate !== null && used > rate ? [fault.statusCode, fault, { "retry-after": "1" }] : null;
    },
    headers: (): Record<string, string> => ({
      "ratelimit-limit": String(rate ?? generous),
      "ratelimit-remaining": String(Math.max(0, (rate ?? generous) - used)),
      "ratelimit-reset": "1",
      "ratelimit-policy": `${rate ?? generous};w=1`,
    }),
    /** Another limit from now on; the one of the start when undefined. */
    set: (calls: number | null | undefined): void => {
      rate = calls === undefined ? initial : calls;
    },
  };
}
