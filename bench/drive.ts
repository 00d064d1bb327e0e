import { openConnection } from "./socket.ts";

/** What the client saw; times in ms. */
export interface Seen {
  /** All requests, those of the warm-up included. */
  readonly posted: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Seconds that were measured, after the warm-up. */
  readonly seconds: number;
  /** Share of one core that the client itself used: near 1, it is the client that is measured. */
  readonly busy: number;
}

/** A request to send; null: there is none left. */
export type Next = () => { readonly path: string; readonly form: string } | null;

/** Posts over so many connections for so long, after a warm-up. Throws at the first answer of another status. */
export async function drive(how: {
  url: string;
  connections: number;
  seconds: number;
  next: Next;
  status: number;
}): Promise<Seen> {
  const measured = how.seconds * 1_000;
  const warmUp = Math.min(1_000, measured / 2);
  const begun = performance.now();
  const times: number[] = [];
  let posted = 0;
  let used = process.cpuUsage();
  let usedFrom = begun;
  let last = begun + warmUp;

  async function work(): Promise<void> {
    const connection = await openConnection(how.url);
    let counted = false;
    for (;;) {
      const at = performance.now();
      // One at least, however slow the machine is.
      if (counted && at > begun + warmUp + measured) break;
      if (at > begun + warmUp && usedFrom === begun) {
        used = process.cpuUsage();
        usedFrom = at;
      }
      const request = how.next();
      if (request === null) break;
      posted += 1;
      const status = await connection.post(request.path, request.form);
      if (status !== how.status) throw new Error(`${request.path} was answered with ${status}`);
      if (at <= begun + warmUp) continue;
      last = performance.now();
      times.push(last - at);
      counted = true;
    }
    connection.close();
  }

  await Promise.all(Array.from({ length: how.connections }, work));
  const seconds = Math.max(last - begun - warmUp, 1) / 1_000;
  const { user, system } = process.cpuUsage(used);
  times.sort((a, b) => a - b);
  return {
    posted,
    perSecond: times.length / seconds,
    p50: times[Math.floor(times.length * 0.5)] ?? 0,
    p99: times[Math.floor(times.length * 0.99)] ?? 0,
    seconds,
    busy: (user + system) / 1_000 / (performance.now() - usedFrom),
  };
}
