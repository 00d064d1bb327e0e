import { onTestFinished } from "vitest";
import type { AppContext } from "../../src/context.ts";
import { nextTurn, turn } from "../../src/jobs.ts";
import { silent } from "../../src/log.ts";
import type { Outcome, Pace, Parcel, Provider } from "../../src/provider/contract.ts";
import { checkLedger } from "../delivery/invariants.ts";
import type { WorldOptions } from "../world.ts";
import { type Office, openOffice } from "./post.ts";

/** One call as the provider saw it. */
export interface Call {
  /** Ms UTC. */
  readonly at: number;
  /** Which of the processes made it. */
  readonly by: number;
  readonly lane: "notices" | "issue";
  readonly to: readonly string[];
}

/** Two processes on one database, with the same provider: the outbox, which says what a test tells it. */
export interface Two extends Office {
  readonly each: readonly [AppContext, AppContext];
  readonly calls: Call[];
  /** What accepted calls say about their pace. */
  pace: Pace | null;
  /** What a call comes to; null: it is kept and accepted. */
  answer: (call: Call) => Outcome | null;
  /** Both take turns, four workers each, as the clock moves on to whatever is due, for so many ms. */
  run(ms: number): Promise<void>;
  /** Ends both, and starts the second anew; the ledger is all that it knows. */
  restart(): Promise<AppContext>;
}

/** Opens both; mails leave one by one unless said otherwise. */
export async function openTwo(options: WorldOptions & { readers?: number } = {}): Promise<Two> {
  const office = await openOffice({ limits: { members: 1 }, ...options });
  const calls: Call[] = [];
  const told: Pick<Two, "pace" | "answer"> = { pace: null, answer: () => null };
  const { provider } = office.ctx;
  const second = async () => {
    const other = await office.another({ log: silent, provider: watched(provider, 1) });
    onTestFinished(() => other.close());
    return other.ctx;
  };
  const watched = (inner: Provider, by: number): Provider => ({
    ...inner,
    notices: (messages) =>
      watch(
        inner.notices(messages),
        by,
        "notices",
        messages.map(({ to }) => to),
      ),
    issue: (mail) => {
      const fill = inner.issue(mail);
      return (recipients) =>
        watch(
          fill(recipients),
          by,
          "issue",
          recipients.map(({ address }) => address),
        );
    },
  });
  const watch = (parcel: Parcel, by: number, lane: Call["lane"], to: readonly string[]): Parcel => ({
    ...parcel,
    send: async (key) => {
      const call = { at: office.clock.now, by, lane, to };
      calls.push(call);
      const outcome = two.answer(call) ?? (await parcel.send(key));
      return outcome.result === "accepted" && two.pace !== null ? { ...outcome, pace: two.pace } : outcome;
    },
  });
  Object.assign(office.ctx, { provider: watched(provider, 0) });
  const each = [office.ctx, await second()] as const;
  const two: Two = Object.assign(office, told, {
    each,
    calls,
    run: (ms: number) => run(two, ms),
    restart: second,
  });
  return two;
}

async function run(two: Two, ms: number): Promise<void> {
  const end = two.clock.now + ms;
  for (let round = 0; ; round += 1) {
    const each = round % 2 === 0 ? two.each : two.each.toReversed();
    await Promise.all(each.flatMap((ctx) => Array.from({ length: 4 }, () => drain(ctx))));
    await checkLedger(two.connection);
    const due = await nextTurn(two.ctx);
    if (due === null || due > end) break;
    two.clock.now = Math.max(due, two.clock.now + 1);
  }
  two.clock.now = end;
}

async function drain(ctx: AppContext): Promise<void> {
  while (await turn(ctx));
}

/** The most calls in any stretch of so many ms, its end excluded. */
export function mostWithin(calls: readonly Pick<Call, "at">[], ms: number): number {
  return Math.max(0, ...calls.map(({ at }) => calls.filter((other) => other.at >= at && other.at < at + ms).length));
}
