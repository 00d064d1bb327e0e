import { startChild } from "./children.ts";
import type { Seen } from "./drive.ts";
import { figure, type Pair, ratioOf } from "./report.ts";

/** What a client saw of a server in this process, and what that cost here. */
export interface Ran extends Seen {
  /** Processor time of this process for each request, in µs; it moves less than rates do where others use the machine too. */
  readonly cost: number;
}

/** Runs a client of this folder against a server in this process. Throws where the client does. */
export async function runClient(file: string, args: readonly string[]): Promise<Ran> {
  const before = process.cpuUsage();
  const client = await startChild(file, args);
  await client.stop();
  const { user, system } = process.cpuUsage(before);
  const seen = JSON.parse(client.line) as Seen;
  return { ...seen, cost: (user + system) / seen.posted };
}

/** The head of a table of runs; `what` is what is counted. */
export function headOfRuns(what: string): string[] {
  return ["", `${what}/s`, "p50 ms", "p99 ms", "client's core", "server's µs", "× bare"];
}

/** The row of one run. */
export function rowOfRun(pair: Pair, { perSecond, p50, p99, busy, cost }: Ran): string[] {
  const core = `${Math.round(busy * 100)} %`;
  return [pair.what, figure(perSecond), p50.toFixed(1), p99.toFixed(1), core, figure(cost), ratioOf(pair)];
}
