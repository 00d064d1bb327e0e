import type { AppContext } from "../context.ts";
import { createGate, workersFor } from "../dispatch/gate.ts";
import { nextTurn, turn } from "../jobs.ts";
import { createAlarm } from "../node/alarm.ts";

/** Mails being paid by this process, in the background. */
export interface Payer {
  /** True while a batch of ours is under way. */
  isBusy(): boolean;
  /** What ended it before its time; null when nothing did. */
  fault(): unknown;
  /** Takes nothing new, and resolves once what is in flight has settled (REL-15). */
  stop(): Promise<void>;
}

/** Between two looks into the ledger while nothing can be paid, in ms. */
const rest = 200;

/**
 * Pays whatever is owed in this database, `parallel` calls at a time, until it is stopped or something fails. From the moment
 * that `interrupt` is raised no further batch is taken.
 */
export function startPaying(given: AppContext, parallel: number, interrupt?: AbortSignal): Payer {
  const gate = createGate(parallel);
  // Rung too by whoever pays, where another call may leave meanwhile.
  const ctx = { ...given, bell: { ring }, gate };
  const workers = new Set<Promise<void>>();
  const alarm = createAlarm(ring);
  const looks = createAlarm(() => void look().catch(fail));
  let stopped = false;
  let failed: unknown = null;

  function ring(): void {
    if (stopped || workers.size >= workersFor(parallel)) return;
    const worker = work()
      .catch(fail)
      .finally(() => {
        workers.delete(worker);
        if (workers.size === 0) looks.set(rest);
      });
    workers.add(worker);
  }

  async function work(): Promise<void> {
    while (!stopped && (await turn(ctx))) ring();
    const due = stopped ? null : await nextTurn(ctx);
    if (due !== null) alarm.set(due - ctx.clock());
  }

  async function look(): Promise<void> {
    const due = await nextTurn(ctx);
    if (due !== null && due <= ctx.clock()) ring();
    else if (workers.size === 0) looks.set(rest);
  }

  function fail(fault: unknown): void {
    failed ??= fault;
    halt();
  }

  function halt(): void {
    stopped = true;
    gate.close();
  }

  interrupt?.addEventListener("abort", halt);
  if (interrupt?.aborted !== true) ring();
  return {
    isBusy: () => workers.size > 0,
    fault: () => failed,
    async stop() {
      halt();
      alarm.stop();
      looks.stop();
      await Promise.all(workers);
    },
  };
}
