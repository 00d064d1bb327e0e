import type { Gate } from "../context.ts";

/** Starts workers one after the other: a burst of rings is one look, not dozens that find nothing. */
export interface Lookout {
  /** There may be something to do. */
  ring(): void;
  /** The same gate; whoever comes to it has found something to do. */
  watch(gate: Gate): Gate;
  /** A worker has ended. */
  ended(): void;
}

/**
 * `start` starts a worker, in a later round of the event loop, or says that it starts none. The next one starts where it was rung again,
 * once the last one has found something or ended; also where it was rung several times, since then several may find something.
 */
export function createLookout(start: () => boolean): Lookout {
  /** How often it was rung since a worker started, and what that worker had heard while it looks: 2 is any number above one. */
  let rings: 0 | 1 | 2 = 0;
  let looking: 0 | 1 | 2 = 0;
  let isComing = false;

  function call(): void {
    if (isComing || looking > 0 || rings === 0) return;
    isComing = true;
    setImmediate(() => {
      isComing = false;
      const heard = rings;
      rings = 0;
      if (start()) looking = heard;
    });
  }

  return {
    ring() {
      rings = rings === 0 ? 1 : 2;
      call();
    },
    watch: ({ enter, leave }) => ({
      enter(inHurry) {
        if (looking === 2) rings = 2;
        looking = 0;
        call();
        return enter(inHurry);
      },
      leave,
    }),
    ended() {
      looking = 0;
      call();
    },
  };
}
