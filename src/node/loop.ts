import type { AppContext, Bell } from "../context.ts";
import { createGate, workersFor } from "../dispatch/gate.ts";
import { nextTurn, tick, turn } from "../jobs.ts";
import { createAlarm } from "./alarm.ts";

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

const unreadable = "ledger not readable";

/**
 * A loop that makes `parallel` calls at a time; besides the bell it looks into the ledger every second, for other processes' mails. `swept` is
 * called behind each sweep, once a minute.
 */
export function createLoop(parallel: number, swept: (ctx: AppContext) => Promise<void> = async () => {}): Loop {
  const workers = new Set<Promise<void>>();
  /** Looks and sweeps under way; the database must stay open for them too. */
  const errands = new Set<Promise<void>>();
  let ctx: AppContext | null = null;
  let timers: NodeJS.Timeout[] = [];
  const alarm = createAlarm(ring);
  const gate = createGate(parallel);
  let stopped = false;
  const sweep = (own: AppContext) => sweepOnce(own).then(() => swept(own));

  function ring(): void {
    if (workers.size < workersFor(parallel)) run(workers, work, "turn failed");
  }

  /** A task that fails is logged as `failed`; the next one finds what it has left. */
  function run(among: Set<Promise<void>>, task: (own: AppContext) => Promise<void>, failed: string): void {
    const own = ctx;
    if (own === null || stopped) return;
    const running = logging(own, task(own), failed).finally(() => among.delete(running));
    among.add(running);
  }

  async function work(own: AppContext): Promise<void> {
    while (!stopped && (await turn(own))) ring();
    run(errands, ahead, unreadable);
  }

  /** Also while workers wait for an answer: one slow call must not hold up what other processes owe. */
  async function look(own: AppContext): Promise<void> {
    const due = await nextTurn(own);
    if (due !== null && due <= own.clock()) ring();
  }

  /** Where nothing can be paid now, the next call may be allowed before the next look. */
  async function ahead(own: AppContext): Promise<void> {
    const due = await nextTurn(own);
    if (due !== null) alarm.set(due - own.clock());
  }

  return {
    bell: { ring },
    start(own) {
      ctx = { ...own, gate };
      timers = [
        setInterval(() => run(errands, look, unreadable), second),
        setInterval(() => run(errands, sweep, "tick failed"), minute),
      ];
      run(errands, sweep, "tick failed");
      ring();
    },
    async stop() {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      alarm.stop();
      gate.close();
      while (workers.size + errands.size > 0) await Promise.allSettled([...workers, ...errands]);
    },
  };
}

async function sweepOnce(own: AppContext): Promise<void> {
  const gone = await tick(own);
  if (Object.values(gone).some((count) => count > 0)) own.log.info("swept", { ...gone });
}

async function logging(own: AppContext, task: Promise<void>, failed: string): Promise<void> {
  try {
    await task;
  } catch (fault) {
    own.log.error(failed, { fault: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault) });
  }
}
