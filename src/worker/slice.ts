import type { AppContext } from "../context.ts";
import { createGate, workersFor } from "../dispatch/gate.ts";
import { nextTurn, turn } from "../jobs.ts";

/** What one invocation may use. */
export interface Share {
  /** Calls to the provider at a time; an invocation has six connections (STACK §4.3). */
  readonly calls: number;
  /** True while another turn may begin. */
  hasLeft(): boolean;
  /** Passes the time until a call may leave again, in ms. */
  wait(ms: number): Promise<void>;
}

/** For a call that may leave sooner than this, in ms, waiting is cheaper than another invocation. */
const longestWait = 2_000;

/** What is due although a turn has just found nothing is being paid by somebody else, in ms. */
const shortestWait = 50;

/**
 * Pays what is owed until nothing is due or the share is used up. Resolves to when the next turn is worth taking, in ms UTC, or null
 * when nothing is owed. Throws once every turn has ended, if one of them failed; the ledger knows what it has left.
 */
export async function paySlice(ctx: AppContext, share: Share): Promise<number | null> {
  const workers = new Set<Promise<void>>();
  const faults: unknown[] = [];
  let oneEnded = Promise.withResolvers<void>();
  const most = workersFor(share.calls);
  const own: AppContext = { ...ctx, gate: createGate(share.calls), bell: { ring: begin } };

  function begin(): void {
    if (workers.size >= most || faults.length > 0 || !share.hasLeft()) return;
    const worker = work().finally(() => {
      workers.delete(worker);
      oneEnded.resolve();
    });
    workers.add(worker);
  }

  async function work(): Promise<void> {
    try {
      while (faults.length === 0 && share.hasLeft() && (await turn(own))) begin();
    } catch (fault) {
      faults.push(fault);
    }
  }

  begin();
  for (;;) {
    if (workers.size > 0) await oneEnded.promise;
    oneEnded = Promise.withResolvers();
    if (faults.length > 0 || !share.hasLeft()) break;
    // Also while calls are under way: one slow call must not hold up those that the pace allows meanwhile.
    const due = await nextTurn(own);
    const ms = due === null ? Number.POSITIVE_INFINITY : due - ctx.clock();
    if (ms <= longestWait) {
      await share.wait(Math.max(ms, shortestWait));
      begin();
    } else if (workers.size === 0) {
      return due;
    }
  }
  await Promise.all(workers);
  if (faults.length > 0) throw faults[0];
  return nextTurn(own);
}
