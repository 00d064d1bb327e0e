import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startPaying } from "../../src/cli/pay.ts";
import type { AppContext } from "../../src/context.ts";
import { turn } from "../../src/jobs.ts";
import { createLoop } from "../../src/node/loop.ts";
import { mostWithin, openTwo, type Two } from "../dispatch/pacing.ts";

let stops: (() => Promise<unknown>)[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  stops = [];
});
afterEach(async () => {
  for (const stop of stops) await stop();
  vi.useRealTimers();
});

function serve(ctx: AppContext): void {
  const loop = createLoop(4);
  Object.assign(ctx, { bell: loop.bell });
  loop.start(ctx);
  stops.push(() => loop.stop());
}

function payHere(ctx: AppContext): void {
  const payer = startPaying(ctx, 4);
  stops.push(() => payer.stop());
}

/** Moves the clock and all timers on together, ten ms at a time, and lets whatever that starts come to its end. */
async function live(two: Two, ms: number): Promise<void> {
  const underWay = two.connection.prepare(
    "select 1 from batches where state = 'claimed' and holder is not null limit 1",
  );
  for (let passed = 0; passed < ms; passed += 10) {
    two.advance(10);
    await vi.advanceTimersByTimeAsync(10);
    // Hashes and files are made in other threads: however slow these are, time stands still for them.
    do for (let round = 0; round < 40; round += 1) await new Promise((resolve) => setImmediate(resolve));
    while ((await underWay.get()) !== undefined);
  }
}

async function paced(): Promise<Two> {
  const two = await openTwo({ readers: 16 });
  two.pace = { calls: 5, span: 1_000 };
  await two.start();
  while (two.calls.length === 0) await turn(two.ctx);
  return two;
}

test.each([
  ["a server", [serve]],
  ["a command", [payHere]],
  ["a server and a command", [serve, payHere]],
] as const)(
  "%s wakes exactly when the next call may leave: five calls a second, not one a second",
  async (_, kinds) => {
    const two = await paced();
    for (const [place, start] of kinds.entries()) start(two.each[place] ?? two.ctx);
    await live(two, 3_100);
    expect(two.calls.length).toBeGreaterThanOrEqual(14);
    // When the call was taken; the clock of this test may move on before it is made.
    const taken = (await two.batches()).flatMap(({ frozen_at }) => (frozen_at === null ? [] : [{ at: frozen_at }]));
    expect(mostWithin(taken, 1_000)).toBe(5);
    expect(new Set(two.calls.map(({ by }) => by)).size).toBe(kinds.length);
  },
);
