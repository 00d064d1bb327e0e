/** Counts wrong keys by who presents them; right ones are never counted, so nobody who holds one is held up. */
export interface Guesses {
  /** Notes a wrong key from this network (empty: unknown) and tells whether it was one too many. */
  tooMany(network: string): boolean;
}

/** Wrong keys that one network may present in `guessWindow` ms (DOI-12, SEC-22). */
export const mostGuesses = 60;
export const guessWindow = 10 * 60_000;

/** Most networks remembered at a time; beyond it everybody starts afresh, which costs an attacker more than it gives. */
const mostNetworks = 10_000;

/** A count in memory: keys have 128 bits and more, so it only has to be a nuisance to whoever tries them out. */
export function createGuesses(clock: () => number): Guesses {
  const counts = new Map<string, { since: number; count: number }>();
  return {
    tooMany(network) {
      const now = clock();
      const held = counts.get(network);
      const current = held !== undefined && now - held.since < guessWindow ? held : { since: now, count: 0 };
      current.count += 1;
      if (counts.size >= mostNetworks && !counts.has(network)) counts.clear();
      counts.set(network, current);
      return current.count > mostGuesses;
    },
  };
}
