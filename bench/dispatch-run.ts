import { startChild } from "./children.ts";

/** What a side is told. */
export interface Order {
  /** Of the sink. */
  readonly url: string;
  readonly readers: number;
  /** Calls at a time. */
  readonly parallel: number;
}

/** What a side measured of itself. */
export interface Run {
  readonly seconds: number;
  /** Seconds of processor time, from the word to the last receipt. */
  readonly cpu: number;
  /** Most memory that the process held (RSS), in bytes. */
  readonly peak: number;
  /** Ms UTC of the word to send. */
  readonly said: number;
}

/** A run with what the sink saw of it. */
export interface Measured extends Run {
  readonly mails: number;
  readonly bytes: number;
  /** Ms from the word to the first call. */
  readonly first: number;
}

/** Lets one side do its work once, in a process of its own. Throws unless the sink has got one mail for each reader. */
export async function runSide(file: string, side: string, order: Order): Promise<Measured> {
  const child = await startChild(file, [side, JSON.stringify(order)]);
  await child.stop();
  const run = JSON.parse(child.line) as Run;
  const counts = (await (await fetch(`${order.url}/counts`)).json()) as { mails: number; bytes: number; first: number };
  if (counts.mails !== order.readers)
    throw new Error(`the sink has ${counts.mails} mails for ${order.readers} readers`);
  return { ...run, mails: counts.mails, bytes: counts.bytes, first: counts.first - run.said };
}
