import type { Gate } from "../context.ts";

/** A gate that a process can close when it ends. */
export interface ProcessGate extends Gate {
  /** Whoever waits is turned away, and so is everyone who comes later. */
  close(): void;
}

/** So many workers more than calls: their batches are claimed, composed and frozen while calls are under way. */
export function workersFor(calls: number): number {
  return calls + Math.ceil(calls / 2);
}

/** A gate that lets so many calls be under way at a time. Those in a hurry go first, others as they came. */
export function createGate(calls: number): ProcessGate {
  const hasty: ((mayCall: boolean) => void)[] = [];
  const patient: ((mayCall: boolean) => void)[] = [];
  let free = calls;
  let isClosed = false;
  return {
    enter(inHurry) {
      if (isClosed) return false;
      if (free === 0) return new Promise((resolve) => (inHurry ? hasty : patient).push(resolve));
      free -= 1;
      return true;
    },
    leave() {
      const next = hasty.shift() ?? patient.shift();
      if (next === undefined) free += 1;
      else next(true);
    },
    close() {
      isClosed = true;
      for (const turnAway of [...hasty.splice(0), ...patient.splice(0)]) turnAway(false);
    },
  };
}
