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
  let ctx: AppContext | null = null;
  let timer: NodeJS.Timeout | undefined;
  let sweeper: NodeJS.Timeout | undefined;
  let stopped = false;

  function ring(): void {
    if (ctx === null || stopped || workers.size >= parallel) return;
    const worker = work(ctx).finally(() => {
      workers.delete(worker);
      if (workers.size === 0) sleep();
    });
    workers.add(worker);
  }

  async function work(own: AppContext): Promise<void> {
    try {
      while (!stopped && (await turn(own))) ring();
    } catch (fault) {
      own.log.error("turn failed", { fault: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault) });
    }
  }

  function sleep(): void {
    if (stopped || ctx === null) return;
    clearTimeout(timer);
    const own = ctx;
    timer = setTimeout(async () => {
      try {
        const due = await nextTurn(own);
        if (due !== null && due <= own.clock()) return ring();
      } catch (fault) {
        own.log.error("ledger not readable", { fault: String(fault) });
      }
      sleep();
    }, second);
  }

  function sweep(): void {
    const own = ctx;
    if (own === null || stopped) return;
    tick(own)
      .then((swept) => {
        if (swept.notices + swept.throttles + swept.mails > 0) own.log.info("swept", { ...swept });
      })
      .catch((fault) => own.log.error("tick failed", { fault: String(fault) }));
  }

  return {
    bell: { ring },
    start(own) {
      ctx = own;
      sweeper = setInterval(sweep, minute);
      sweep();
      ring();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      clearInterval(sweeper);
      while (workers.size > 0) await Promise.allSettled(workers);
    },
  };
}
