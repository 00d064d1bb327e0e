import { createReplyReader, type Reply } from "../../provider/smtp/replies.ts";
import type { Timers } from "./timers.ts";

/** What ended a connection, or kept it from standing. */
export interface Fault {
  readonly kind: "closed" | "timeout" | "garbage" | "tls" | "dropped";
  /** A sentence without its full stop. */
  readonly reason: string;
  /** Of the system or of OpenSSL; "" where there is none. */
  readonly code: string;
}

/** The hearing half of a connection: what a server says, in order, until it says nothing any more. */
export interface Ear {
  hear(data: Buffer): void;
  /** The first fault stays; whoever waits is told. */
  end(fault: Fault): void;
  ended(): Fault | null;
  /** Nothing was said that has not been taken: whatever comes next answers what is written next. */
  quiet(): boolean;
  /** The next reply if it has come already; null where it has not. */
  taken(): Reply | null;
  /** The next reply; null once the connection has ended and all that came before was taken, or after `ms`. */
  reply(ms: number): Promise<Reply | null>;
}

/** An ear that tells `onEnd` of the one fault that ends it. */
export function createEar(timers: Timers, onEnd: () => void): Ear {
  let fault: Fault | null = null;
  let waiting: ((reply: Reply | null) => void) | null = null;
  const reader = createReplyReader();
  const replies: Reply[] = [];

  function end(found: Fault): void {
    if (fault !== null) return;
    fault = found;
    waiting?.(null);
    onEnd();
  }

  function hear(data: Buffer): void {
    reader.push(data.toString("latin1"));
    for (let next = reader.next(); next !== null; next = reader.next()) {
      if (next === "garbage") {
        end({ kind: "garbage", reason: "The mail server said something that is no SMTP", code: "" });
        return;
      }
      if (waiting === null) replies.push(next);
      else waiting(next);
    }
  }

  function reply(ms: number): Promise<Reply | null> {
    const first = replies.shift();
    if (first !== undefined || fault !== null) return Promise.resolve(first ?? null);
    return new Promise((resolve) => {
      const stop = timers.after(ms, () =>
        end({ kind: "timeout", reason: `The mail server did not answer within ${Math.round(ms)} ms`, code: "" }),
      );
      waiting = (found) => {
        stop();
        waiting = null;
        resolve(found);
      };
    });
  }

  return {
    hear,
    end,
    ended: () => fault,
    quiet: () => fault === null && replies.length === 0 && !reader.holds(),
    taken: () => replies.shift() ?? null,
    reply,
  };
}
