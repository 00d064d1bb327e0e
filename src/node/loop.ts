import type { AppContext, Bell } from "../context.ts";
import { nextTurn, tick, turn } from "../jobs.ts";

/** Pays mails as they fall due, several batches at a time. */
export interface Loop {
  readonly bell: Bell;
  /** Begins to pay with a context that was made with this loop's bell. */
  start(ctx: AppContext): void;
  /** Takes nothing new, and resolves once what is in flight has settled (REL-15). */
  stop(): Promise<void>;
}

const second = 1_000;
const minute = 60 * second;

/** A loop with `parallel` workers; besides the bell it looks into the ledger every second, for other processes' mails. */
export function createLoop(parallel: number): Loop {
  const workers = new Set<Promise<void>>();
  /** Looks and sweeps under way; the database must stay open for them too. */
  const errands = new Set<Promise<void>>();
  let ctx: AppContext | null = null;
  let timers: NodeJS.Timeout[] = [];
  let stopped = false;

  function ring(): void {
    if (workers.size < parallel) run(workers, work);
  }

  function run(among: Set<Promise<void>>, task: (own: AppContext) => Promise<void>): void {
    if (ctx === null || stopped) return;
    const running = task(ctx).finally(() => among.delete(running));
    among.add(running);
  }

  async function work(own: AppContext): Promise<void> {
    try {
      while (!stopped && (await turn(own))) ring();
    } catch (fault) {
      own.log.error("turn failed", { fault: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault) });
    }
  }

  /** Also while workers wait for an answer: one slow call must not hold up what other processes owe. */
  async function look(own: AppContext): Promise<void> {
    try {
      const due = await nextTurn(own);
      if (due !== null && due <= own.clock()) ring();
    } catch (fault) {
      own.log.error("ledger not readable", { fault: String(fault) });
    }
  }

  async function sweep(own: AppContext): Promise<void> {
    try {
      const swept = await tick(own);
      if (swept.notices + swept.throttles + swept.mails > 0) own.log.info("swept", { ...swept });
    } catch (fault) {
      own.log.error("tick failed", { fault: String(fault) });
    }
  }

  return {
    bell: { ring },
    start(own) {
      ctx = own;
      timers = [setInterval(() => run(errands, look), second), setInterval(() => run(errands, sweep), minute)];
      run(errands, sweep);
      ring();
    },
    async stop() {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      while (workers.size + errands.size > 0) await Promise.allSettled([...workers, ...errands]);
    },
  };
}
