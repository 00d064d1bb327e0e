import type { AppContext, Bell } from "../context.ts";
import { createGate, workersFor } from "../dispatch/gate.ts";
import { nextTurn, tick, turn } from "../jobs.ts";
import { createAlarm } from "./alarm.ts";
import { createLookout } from "./lookout.ts";

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
  const gate = createGate(parallel);
  let stopped = false;
  const sweep = (own: AppContext) => sweepOnce(own).then(() => swept(own));

  const lookout = createLookout(() => workers.size < workersFor(parallel) && run(workers, work, "turn failed"));
  const { ring } = lookout;
  const alarm = createAlarm(ring);

  /** Runs a task, unless there is nothing to run it with. One that fails is logged as `failed`; the next one finds what it has left. */
  function run(among: Set<Promise<void>>, task: (own: AppContext) => Promise<void>, failed: string): boolean {
    const own = ctx;
    if (own === null || stopped) return false;
    const running = logging(own, task(own), failed).finally(() => among.delete(running));
    among.add(running);
    return true;
  }

  async function work(own: AppContext): Promise<void> {
    try {
      while (!stopped && (await turn(own))) ring();
    } finally {
      lookout.ended();
    }
    run(errands, ahead, unreadable);
  }

  /** Also while workers wait for an answer: one slow call must not hold up what other processes owe. */
  const look = (own: AppContext) => dueIn(own, (ms) => ms <= 0 && ring());

  /** Where nothing can be paid now, the next call may be allowed before the next look. */
  const ahead = (own: AppContext) => dueIn(own, alarm.set);

  return {
    bell: { ring },
    start(own) {
      ctx = { ...own, gate: lookout.watch(gate) };
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

/** Tells in how many ms the next turn is worth taking, unless nothing is owed. */
async function dueIn(own: AppContext, tell: (ms: number) => void): Promise<void> {
  const due = await nextTurn(own);
  if (due !== null) tell(due - own.clock());
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
