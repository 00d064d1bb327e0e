/** Two ways to do one thing; each does it once and tells how many units that was. */
export interface Sides {
  readonly own: () => number | Promise<number>;
  readonly bare: () => number | Promise<number>;
}

/** Units per second of each side, and how long the shorter one was measured, in seconds. */
export interface Rates {
  readonly own: number;
  readonly bare: number;
  readonly measured: number;
}

/** Runs both sides in turn, so that a machine that slows down slows both; the median of the rounds counts. */
export async function compare(sides: Sides, rounds: number): Promise<Rates> {
  const taken = { own: { rates: [] as number[], seconds: 0 }, bare: { rates: [] as number[], seconds: 0 } };
  for (let round = 0; round < rounds; round += 1) {
    for (const side of round % 2 === 0 ? (["own", "bare"] as const) : (["bare", "own"] as const)) {
      const begun = performance.now();
      const units = await sides[side]();
      const seconds = (performance.now() - begun) / 1_000;
      taken[side].rates.push(units / seconds);
      taken[side].seconds += seconds;
    }
  }
  return {
    own: median(taken.own.rates),
    bare: median(taken.bare.rates),
    measured: Math.min(taken.own.seconds, taken.bare.seconds),
  };
}

/** Repeats a piece of work for so many seconds, at least once; tells how often it was done. */
export function repeat(work: () => void, seconds: number): number {
  const end = performance.now() + seconds * 1_000;
  let times = 0;
  do {
    work();
    times += 1;
  } while (performance.now() < end);
  return times;
}

/** The middle of an odd number of values, or the upper middle of an even one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
