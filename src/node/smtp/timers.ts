/** The clock by which calls end; tests turn it by hand. */
export interface Timers {
  /** Milliseconds that only go forward, from any beginning. */
  now(): number;
  /** Runs something after so many ms; the function that comes back calls it off. */
  after(ms: number, run: () => void): () => void;
}

/** The machine's own. */
export const machineTimers: Timers = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** How long things may take, ms (REL-11). A call must be over well before the lease of its batch, 60 s. */
export const limits = {
  connect: 10_000,
  reply: 30_000,
  /** Nothing is waited for any longer after so much of a call. */
  call: 55_000,
  /** How long an unused connection is kept. */
  idle: 5_000,
  /** Mails on one connection; many servers end it sooner or later by themselves. */
  mails: 1_000,
} as const;

/** What is left of the time of one call. */
export interface Watch {
  /** How long the next reply may be waited for, ms. */
  wait(most?: number): number;
  /** Whether a mail whose last byte leaves now can still have its answer waited for in full. */
  mayEnd(): boolean;
}

/** Starts the time of a call. `patient`: an answer that comes too late does no harm. */
export function startWatch(timers: Timers, patient: boolean): Watch {
  const start = timers.now();
  const spent = (): number => timers.now() - start;
  return {
    wait: (most = limits.reply) => Math.max(0, Math.min(most, limits.call - spent())),
    mayEnd: () => spent() < (patient ? limits.call : limits.call - limits.reply),
  };
}
