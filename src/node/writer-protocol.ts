import type { Done } from "../store/store.ts";
import type { Outcome, Statement } from "./engine.ts";

/** A commit on its way to the thread. */
export interface Order {
  readonly id: number;
  readonly statements: readonly Statement[];
}

/**
 * What the thread is sent: texts that it does not know, which stand from place `from` on, and commits. These lie flat, one after the
 * other, since nested lists cost several times as much to send: id, number of statements, and for each the place of its text, the
 * number of its parameters, and them.
 */
export interface Orders {
  readonly from: number;
  readonly texts: readonly string[];
  readonly flat: readonly unknown[];
}

/** Answers, as flat: id, number of statements, and for each the rows written and the rows returned, 0 for none; or id, -1, a fault. */
export type Answers = readonly unknown[];

/** A fault as it crosses threads: the platform's copy of an error loses its code. */
interface FaultCopy {
  readonly message: string;
  readonly code: string | null;
  readonly stack: string | null;
}

/** Lays commits flat; `place` tells where a text stands. */
export function packOrders(orders: readonly Order[], place: (text: string) => number): unknown[] {
  const flat: unknown[] = [];
  for (const { id, statements } of orders) {
    flat.push(id, statements.length);
    for (const { sql, parameters } of statements) {
      flat.push(place(sql), parameters.length);
      for (const parameter of parameters) flat.push(parameter);
    }
  }
  return flat;
}

/** Commits as they were; `texts` by their places. */
export function unpackOrders(flat: readonly unknown[], texts: readonly string[]): Order[] {
  const orders: Order[] = [];
  let at = 0;
  const next = () => flat[at++] as number;
  while (at < flat.length) {
    const id = next();
    const statements = Array.from({ length: next() }, (): Statement => {
      const sql = texts[next()] ?? "";
      const count = next();
      at += count;
      return { sql, parameters: flat.slice(at - count, at) };
    });
    orders.push({ id, statements });
  }
  return orders;
}

/** Lays what became of commits flat; in the order of `orders`. */
export function packAnswers(orders: readonly Order[], outcomes: readonly Outcome[]): unknown[] {
  const flat: unknown[] = [];
  for (const [place, outcome] of outcomes.entries()) {
    flat.push(orders[place]?.id);
    if ("fault" in outcome) {
      flat.push(-1, copyFault(outcome.fault));
      continue;
    }
    flat.push(outcome.done.length);
    for (const { rows, changes } of outcome.done) flat.push(changes, rows.length === 0 ? 0 : rows);
  }
  return flat;
}

/** What became of each commit, by its id. */
export function unpackAnswers(flat: Answers, end: (id: number, outcome: Outcome) => void): void {
  for (let at = 0; at < flat.length; ) {
    const id = flat[at++] as number;
    const count = flat[at++] as number;
    if (count < 0) {
      end(id, { fault: faultOf(flat[at++] as FaultCopy) });
      continue;
    }
    const done: Done[] = [];
    for (; done.length < count; at += 2) {
      const rows = flat[at + 1];
      done.push({ changes: flat[at] as number, rows: rows === 0 ? [] : (rows as unknown[]) });
    }
    end(id, { done });
  }
}

function copyFault(fault: unknown): FaultCopy {
  if (!(fault instanceof Error)) return { message: String(fault), code: null, stack: null };
  return { message: fault.message, code: "code" in fault ? String(fault.code) : null, stack: fault.stack ?? null };
}

function faultOf({ message, code, stack }: FaultCopy): Error {
  const fault = Object.assign(new Error(message), code === null ? {} : { code });
  if (stack !== null) fault.stack = stack;
  return fault;
}
