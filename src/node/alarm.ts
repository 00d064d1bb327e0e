/** One timer that is set to whatever comes first. */
export interface Alarm {
  /** Rings in so many ms, unless it does so earlier. What is due already is left to who looks anyway: it could spin here. */
  set(ms: number): void;
  stop(): void;
}

/** Later than this, somebody has looked again by then. */
const farthest = 1_000;

/** An alarm that calls `ring`. */
export function createAlarm(ring: () => void): Alarm {
  let timer: NodeJS.Timeout | null = null;
  let at = Number.POSITIVE_INFINITY;
  let stopped = false;

  function stop(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    at = Number.POSITIVE_INFINITY;
  }

  return {
    set(ms) {
      const wanted = performance.now() + ms;
      if (stopped || ms <= 0 || ms > farthest || wanted >= at) return;
      stop();
      at = wanted;
      timer = setTimeout(() => {
        stop();
        ring();
      }, ms);
    },
    stop() {
      stopped = true;
      stop();
    },
  };
}
