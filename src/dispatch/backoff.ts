import type { AppContext } from "../context.ts";

const second = 1_000;
const longest = 5 * 60 * second;

/** Ms to wait before the next try: exponential with full jitter (REL-09), never sooner than the provider asked for. */
export function backoff(ctx: AppContext, tries: number, after?: number, cap = longest): number {
  const most = Math.min(cap, second * 2 ** Math.min(tries, 20));
  const [high = 0, low = 0] = ctx.random(2);
  const jitter = Math.round((most * (high * 256 + low)) / 65_535);
  return after === undefined ? Math.max(100, jitter) : after + Math.min(jitter, second);
}
