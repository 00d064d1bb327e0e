import type { AppContext } from "../context.ts";
import { nextTurn, turn } from "../jobs.ts";

/** Mails being paid by this process, in the background. */
export interface Payer {
  /** True while a batch of ours is under way. */
  isBusy(): boolean;
  /** What ended it before its time; null when nothing did. */
  fault(): unknown;
  /** Takes nothing new, and resolves once what is in flight has settled (REL-15). */
  stop(): Promise<void>;
}

const rest = 200;

/**
 * Pays whatever is owed in this database, `parallel` batches at a time, until it is stopped or something fails. From the moment
 * that `interrupt` is raised no further batch is taken.
 */
export function startPaying(ctx: AppContext, parallel: number, interrupt?: AbortSignal): Payer {
  const workers = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let failed: unknown = null;

  function ring(): void {
    if (stopped || workers.size >= parallel) return;
    const worker = work().finally(() => {
      workers.delete(worker);
      if (workers.size === 0) wait();
    });
    workers.add(worker);
  }

  async function work(): Promise<void> {
    try {
      while (!stopped && (await turn(ctx))) ring();
    } catch (fault) {
      fail(fault);
    }
  }

  function wait(): void {
    if (stopped) return;
    timer = setTimeout(async () => {
      try {
        const due = await nextTurn(ctx);
        if (due !== null && due <= ctx.clock()) ring();
        else wait();
      } catch (fault) {
        fail(fault);
      }
    }, rest);
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
      clearTimeout(timer);
      await Promise.all(workers);
    },
  };
}
