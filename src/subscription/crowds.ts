import type { AppContext } from "../context.ts";
import { createMemory } from "../memory.ts";
import { stretch, stretchOf } from "./rates.ts";
import type { Visit } from "./visit.ts";

/** A network over its limit: since when that is known, and when the present stretch of time ends. Times in ms UTC. */
interface Crowd {
  readonly since: number;
  readonly until: number;
}

/** Beyond so many all are forgotten: the database knows them still, and says so at the next request of each. */
const most = 10_000;

/** So many ms later the database is asked again: the limit may have been raised. */
const believed = 60_000;

/**
 * Those whose sign-ups nobody vouched for, and those that were vouched for. A fresh proof of work is known to be one in the commit
 * alone, so that its network is never turned away before.
 */
const crowds = createMemory<AppContext, Crowd>(most);

function keyOf(network: string, proven: boolean): string {
  return `${proven ? "proven" : "bare"} ${network}`;
}

/**
 * Seconds until a network may ask again that this process has just seen over its limit; null: it may ask. Spares the database a
 * flood from one place; what counts is the count there (DOI-23).
 */
export function crowdedFor(ctx: AppContext, network: string, proven: boolean): number | null {
  const crowd = crowds.get(ctx, keyOf(network, proven));
  if (crowd === undefined) return null;
  const now = ctx.clock();
  const left = crowd.until - now;
  // A clock that was put back must keep nobody out for long.
  const isFresh = now - crowd.since < believed && left > 0 && left <= stretch;
  return isFresh ? Math.ceil(left / 1_000) : null;
}

/** Notes that a network is over its limit until the present stretch of time ends; returns the seconds until then. */
export function noteCrowded(ctx: AppContext, network: string, proven: boolean): number {
  const now = ctx.clock();
  const until = stretchOf(now) + stretch;
  crowds.set(ctx, keyOf(network, proven), { since: now, until });
  return Math.ceil((until - now) / 1_000);
}

const spent = createMemory<AppContext, true>(most);

/**
 * Whether a visit counts as proven before the database is asked: by a proof that is for what is asked (`challenge`) and that this
 * process has not seen. One that is sent again and again must neither wear the database out nor shut out the network's honest ones.
 */
export function isProven(ctx: AppContext, visit: Visit, challenge: string | null): boolean {
  return visit.vouched || (challenge !== null && spent.get(ctx, challenge) !== true);
}

/** Notes that a proof is spent, or nothing for null. */
export function noteSpent(ctx: AppContext, challenge: string | null): void {
  if (challenge !== null) spent.set(ctx, challenge, true);
}
