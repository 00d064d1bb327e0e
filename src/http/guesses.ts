import { networkOf } from "./env.ts";

/** Counts wrong keys by who presents them; right ones are never counted, so nobody who holds one is held up. */
export interface Guesses {
  /** Notes a wrong key of this peer (socket address; null: unknown) and tells whether it was one too many. */
  tooMany(peer: string | null): boolean;
}

/** Wrong keys that one peer may present in `guessWindow` ms (DOI-12, SEC-22). */
export const mostGuesses = 60;
export const guessWindow = 10 * 60_000;

/** Most peers remembered at a time; beyond it everybody starts afresh, which costs an attacker more than it gives. */
const mostPeers = 10_000;

/** A count in memory: keys have 128 bits and more, so it only has to be a nuisance to whoever tries them out. */
export function createGuesses(clock: () => number): Guesses {
  const counts = new Map<string, { since: number; count: number }>();
  return {
    tooMany(peer) {
      const now = clock();
      const key = networkOf(peer);
      const held = counts.get(key);
      const current = held !== undefined && now - held.since < guessWindow ? held : { since: now, count: 0 };
      current.count += 1;
      if (counts.size >= mostPeers && !counts.has(key)) counts.clear();
      counts.set(key, current);
      return current.count > mostGuesses;
    },
  };
}
