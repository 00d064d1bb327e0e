import type { AppContext } from "../context.ts";
import { readUsual, stretchOf } from "./rates.ts";

/** So many sign-ups in ten minutes are never an attack. */
export const leastAttack = 60;

/** From so many times the usual on, they are. */
export const attackFactor = 5;

/** What is usual in ten minutes of this time of day, and from how many on proof of work is asked for. */
export interface Threshold {
  readonly usual: number;
  readonly threshold: number;
}

const known = new WeakMap<AppContext, { start: number; read: Threshold }>();

/**
 * How many sign-ups in ten minutes are more than a good day explains (DOI-23). Derived from the counts of the last seven days,
 * which do not change within a stretch of time; so they are read about once for each. Only what has come is shared: on Workers no
 * request may wait for what another one reads.
 */
export async function readThreshold(ctx: AppContext): Promise<Threshold> {
  const start = stretchOf(ctx.clock());
  const held = known.get(ctx);
  if (held?.start === start) return held.read;
  const usual = await readUsual(ctx);
  const read = { usual, threshold: Math.max(leastAttack, attackFactor * usual) };
  known.set(ctx, { start, read });
  return read;
}

/** The threshold alone. */
export async function attackThreshold(ctx: AppContext): Promise<number> {
  return (await readThreshold(ctx)).threshold;
}
