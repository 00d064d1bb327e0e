import type { Session } from "./session.ts";
import { limits, type Timers } from "./timers.ts";

/** Connections that wait for their next mails. */
export interface Pool {
  /** The one used last, which is the one least likely to have been ended; null when there is none. */
  take(): Session | null;
  /** Keeps one for a while; one that has ended or has done its part is not kept. */
  give(session: Session): void;
  /** Says goodbye on all of them, and keeps none from then on. */
  close(): void;
}

/** An empty pool. What waits in it does not keep the process alive. */
export function createPool(timers: Timers): Pool {
  const waiting = new Map<Session, () => void>();
  let closed = false;

  function remove(session: Session): void {
    waiting.get(session)?.();
    waiting.delete(session);
    session.wire.hold(true);
  }

  function dismiss(session: Session): void {
    remove(session);
    session.wire.quit();
  }

  return {
    take() {
      for (const session of [...waiting.keys()].reverse()) {
        remove(session);
        if (session.wire.quiet()) return session;
        session.wire.drop();
      }
      return null;
    },
    give(session) {
      if (closed || session.mails >= limits.mails || !session.wire.quiet()) return session.wire.quit();
      session.wire.hold(false);
      waiting.set(
        session,
        timers.after(limits.idle, () => dismiss(session)),
      );
    },
    close() {
      closed = true;
      for (const session of [...waiting.keys()]) dismiss(session);
    },
  };
}
