/** Where in the dialogue something goes wrong; `body`: when bytes of a mail come in, `dot`: when its end was read. */
export type Place =
  | "connect"
  | "greeting"
  | "ehlo"
  | "helo"
  | "starttls"
  | "tls"
  | "auth"
  | "mail"
  | "rcpt"
  | "data"
  | "body"
  | "dot"
  | "rset"
  | "quit";

/** What goes wrong once. Faults are consumed in order by the first event that each of them matches. */
export interface Fault {
  readonly at: Place;
  /**
   * reply: this text in place of the usual one, CRLF added · bye: the same, then the connection closes · drop: it is reset ·
   * hang: no answer ever · drip: the usual answer, one byte at a time.
   */
  readonly kind: "reply" | "bye" | "drop" | "hang" | "drip";
  readonly text?: string;
  /** dot: the mail is accepted before it goes wrong. */
  readonly accept?: boolean;
  /** drip: ms between bytes. */
  readonly every?: number;
  readonly times?: number;
  /** So many events that match pass unharmed before. */
  readonly skip?: number;
  /** A recipient; counts from RCPT to dot. */
  readonly to?: string;
}

/** The script of faults yet to strike. */
export function createFaults() {
  let queue: { fault: Fault; left: number; skip: number }[] = [];
  return {
    add: (added: readonly Fault[]): void => {
      queue.push(...added.map((fault) => ({ fault, left: fault.times ?? 1, skip: fault.skip ?? 0 })));
    },
    clear: (): void => {
      queue = [];
    },
    left: (): readonly Fault[] => queue.map((entry) => entry.fault),
    take: (at: Place, to: string | null): Fault | null => {
      const entry = queue.find(({ fault }) => fault.at === at && (fault.to === undefined || fault.to === to));
      if (entry === undefined) return null;
      if (entry.skip > 0) {
        entry.skip -= 1;
        return null;
      }
      entry.left -= 1;
      if (entry.left <= 0) queue = queue.filter((other) => other !== entry);
      return entry.fault;
    },
  };
}

export type Faults = ReturnType<typeof createFaults>;
