import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { setTimeout } from "node:timers";
import Database from "better-sqlite3";
import type { Fate, Point } from "./orders.ts";

const counts = new Map<Point, number>();
let fate: Fate | null = null;

/** From now on passages are counted afresh, and this process meets its fate at one of them; null lets it live. */
export function tempt(next: Fate | null): void {
  counts.clear();
  fate = next;
}

/** Passes a point: at the nth passage of the fatal one this process ends or stops, and nothing is flushed, closed or told. */
export function pass(point: Point): void {
  const count = (counts.get(point) ?? 0) + 1;
  counts.set(point, count);
  if (fate === null || point !== fate.point || count !== fate.nth) return;
  const { signal, delay } = fate;
  if (point === "flight") setTimeout(() => strike(signal), delay);
  else strike(signal);
}

function strike(signal: Fate["signal"]): void {
  // Written at once, and before: a stopped process tells nothing.
  if (signal === "SIGSTOP") writeSync(1, "stopped\n");
  process.kill(process.pid, signal);
}

/** Lets every statement within a commit, and every call that leaves on a socket, pass its point. */
export function watchPassages(): void {
  watchStatements();
  watchSockets();
}

const plans = /^insert into deliveries \(issue, subscriber\)\s+select/;

function watchStatements(): void {
  const connection = new Database(":memory:");
  const statements = Object.getPrototypeOf(connection.prepare("select 1")) as Database.Statement;
  connection.close();
  for (const name of ["run", "all"] as const) {
    const execute = statements[name] as (this: Database.Statement, ...values: unknown[]) => unknown;
    Object.assign(statements, {
      [name](this: Database.Statement, ...values: unknown[]) {
        const done = execute.apply(this, values);
        if (this.database.inTransaction) {
          if (plans.test(this.source)) pass("planning");
          pass("midway");
        }
        return done;
      },
    });
  }
}

/** Of HTTP, the head of a POST; of SMTP, the dot that ends a mail (RFC 5321 §4.5.2). */
const leaves = /^POST |(?:^|\r\n)\.\r\n/;

function watchSockets(): void {
  const write = Socket.prototype.write as (this: Socket, ...given: unknown[]) => boolean;
  Object.assign(Socket.prototype, {
    write(this: Socket, ...given: unknown[]) {
      const done = write.apply(this, given);
      const [data] = given;
      const text = data instanceof Uint8Array ? Buffer.from(data).toString("latin1") : String(data);
      if (leaves.test(text)) pass("flight");
      return done;
    },
  });
}
