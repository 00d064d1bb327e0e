import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type Database from "better-sqlite3";
import { AppError } from "../errors.ts";
import type { Engine } from "../store/store.ts";
import { createRunner, engineOver, explain, mostTexts, type Outcome, type Statement } from "./engine.ts";
import { type Answers, type Order, type Orders, packOrders, unpackAnswers } from "./writer-protocol.ts";

/** A thread that writes to a database file, so that this one goes on while SQL runs and the disk syncs. */
export interface Writer {
  /** An engine that reads by this connection to the same file, and commits by the thread. */
  engine(connection: Database.Database): Engine;
  /** Writes what is under way, then ends the thread; later commits are refused. Resolves once its connection is closed. */
  stop(): Promise<void>;
}

/** A thread, the places of the texts it knows, and what waits for its answers. */
interface Hand {
  readonly worker: Worker;
  readonly places: Map<string, number>;
  readonly ends: Map<number, (outcome: Outcome) => void>;
  last: number;
  isGone: boolean;
}

/** So many commits are sent before their breath is over: the thread then writes while this one reads the rest of a burst. */
const atOnce = 8;

interface Waiting {
  readonly statements: readonly Statement[];
  readonly end: (outcome: Outcome) => void;
}

/**
 * A writer for a database file that was opened and migrated before. The thread starts with the first commit, and anew if it ever
 * breaks: commits under way then fail as `unavailable`, and whether they were made is not known, as with a database over a network.
 */
export function createWriter(path: string): Writer {
  let hand: Hand | null = null;
  let waiting: Waiting[] = [];
  let stopped = false;

  function write(statements: readonly Statement[], end: (outcome: Outcome) => void): void {
    if (stopped) end({ fault: broken(null) });
    else if (waiting.push({ statements, end }) >= atOnce) flush();
    else if (waiting.length === 1) setImmediate(flush);
  }

  function flush(): void {
    const group = waiting;
    waiting = [];
    if (group.length === 0) return;
    if (hand === null || hand.isGone) hand = takeOn(path);
    send(hand, group);
  }

  return {
    engine: (connection) => engineOver(createRunner(connection), write),
    async stop() {
      flush();
      stopped = true;
      if (hand === null || hand.isGone) return;
      const { worker } = hand;
      const ended = once(worker, "exit");
      worker.postMessage(null);
      await ended;
    },
  };
}

/** Starts a thread. What waits for one that breaks fails. */
function takeOn(path: string): Hand {
  const worker = new Worker(new URL("./writer-thread.ts", import.meta.url), { workerData: path });
  const hand: Hand = { worker, places: new Map(), ends: new Map(), last: 0, isGone: false };
  worker.on("message", (answers: Answers) => {
    unpackAnswers(answers, (id, outcome) => {
      hand.ends.get(id)?.(outcome);
      hand.ends.delete(id);
    });
  });
  const fail = (cause: unknown) => {
    hand.isGone = true;
    // A file that cannot be opened says so itself.
    for (const end of hand.ends.values()) end({ fault: explain(cause) === cause ? broken(cause) : cause });
    hand.ends.clear();
  };
  worker.on("error", fail);
  worker.on("exit", () => fail(null));
  return hand;
}

function send(hand: Hand, group: readonly Waiting[]): void {
  // Few texts are ever there; should they not be, the thread forgets them too.
  if (hand.places.size > mostTexts) hand.places.clear();
  const from = hand.places.size;
  const texts: string[] = [];
  const orders = group.map(({ statements, end }): Order => {
    hand.last += 1;
    hand.ends.set(hand.last, end);
    return { id: hand.last, statements };
  });
  try {
    const flat = packOrders(orders, (text) => place(hand, text, texts));
    hand.worker.postMessage({ from, texts, flat } satisfies Orders);
  } catch (fault) {
    // A value that cannot be sent is none that SQL knows: a bug of whoever commits it, and of nobody else in the group.
    for (const text of texts) hand.places.delete(text);
    for (const { id } of orders) hand.ends.delete(id);
    if (group.length === 1) group[0]?.end({ fault });
    else for (const one of group) send(hand, [one]);
  }
}

function place({ places }: Hand, sql: string, texts: string[]): number {
  const known = places.get(sql);
  if (known !== undefined) return known;
  texts.push(sql);
  places.set(sql, places.size);
  return places.size - 1;
}

function broken(cause: unknown): AppError {
  const hint = "Try again. If it stays so, start the server anew; its log tells more.";
  return new AppError("unavailable", "The thread that writes to the database has ended.", { hint }, { cause });
}
