import type { AppContext } from "../context.ts";
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
 * Pays whatever is owed in this database, `parallel` batches at a time, until it is stopped or something fails. From the moment
 * that `interrupt` is raised no further batch is taken.
 */
export function startPaying(given: AppContext, parallel: number, interrupt?: AbortSignal): Payer {
  // Rung too by whoever pays, where another call may leave meanwhile.
  const ctx = { ...given, bell: { ring } };
  const workers = new Set<Promise<void>>();
  const alarm = createAlarm(ring);
  const looks = createAlarm(() => void look());
  let stopped = false;
  let failed: unknown = null;

  function ring(): void {
    if (stopped || workers.size >= parallel) return;
    const worker = work().finally(() => {
      workers.delete(worker);
      if (workers.size === 0) looks.set(rest);
    });
    workers.add(worker);
  }

  async function work(): Promise<void> {
    try {
      while (!stopped && (await turn(ctx))) ring();
      const due = stopped ? null : await nextTurn(ctx);
      if (due !== null) alarm.set(due - ctx.clock());
    } catch (fault) {
      fail(fault);
    }
  }

  async function look(): Promise<void> {
    try {
      const due = await nextTurn(ctx);
      if (due !== null && due <= ctx.clock()) ring();
      else if (workers.size === 0) looks.set(rest);
    } catch (fault) {
      fail(fault);
    }
  }

  function fail(fault: unknown): void {
    failed ??= fault;
    stopped = true;
  }

  interrupt?.addEventListener("abort", () => {
    stopped = true;
  });
  if (interrupt?.aborted !== true) ring();
  return {
    isBusy: () => workers.size > 0,
    fault: () => failed,
    async stop() {
      stopped = true;
      alarm.stop();
      looks.stop();
      await Promise.all(workers);
    },
  };
}
