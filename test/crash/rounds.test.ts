import { writeSync } from "node:fs";
import { expect, test } from "vitest";
import { playRounds, type Result } from "./loop.ts";
import { type Fate, type Point, points, type Transport } from "./orders.ts";
import { describeRound, drawRound, handOver, type Round } from "./rounds.ts";

// `npm run test:crash` plays 300 from seed 0 on; CRASH_SEED=17 CRASH_ROUNDS=1 in front of it plays that one again.
const { CRASH_SEED, CRASH_ROUNDS = "0" } = process.env;
const first = Number(CRASH_SEED ?? 0);
const count = Number(CRASH_ROUNDS);

const everyPoint: [Transport, Point, number, Fate["signal"], "alone" | "beside" | "late"][] = [
  ["strict", "planning", 1, "SIGKILL", "alone"],
  ["strict", "claimed", 1, "SIGKILL", "beside"],
  ["strict", "flight", 2, "SIGKILL", "alone"],
  ["strict", "settled", 1, "SIGKILL", "beside"],
  ["strict", "frozen", 1, "SIGSTOP", "beside"],
  ["strict", "claimed", 1, "SIGSTOP", "late"],
  ["permissive", "midway", 9, "SIGKILL", "alone"],
  ["permissive", "sent", 1, "SIGKILL", "beside"],
  ["single", "answered", 3, "SIGKILL", "alone"],
  ["smtp", "planned", 1, "SIGKILL", "alone"],
  ["smtp", "leaving", 7, "SIGKILL", "alone"],
  ["smtp", "flight", 1, "SIGKILL", "beside"],
  ["smtp", "leaving", 2, "SIGSTOP", "beside"],
  ["keyed", "flight", 3, "SIGKILL", "alone"],
  ["keyed", "sent", 1, "SIGKILL", "beside"],
  ["keyed", "flight", 1, "SIGSTOP", "late"],
];

function dozen(): Round[] {
  return everyPoint.map(([transport, point, nth, signal, how], seed) => {
    const round: Round = {
      seed,
      transport,
      fates: [{ point, nth, signal, delay: seed % 3 }],
      beside: how !== "alone",
      handover: null,
      workers: 1 + (seed % 2),
      faulty: seed % 4 === 3,
      people: seed % 3 === 2,
    };
    return how === "late" ? handOver(round, () => 0) : round;
  });
}

test.skipIf(count > 0)(
  "killed at each point, stopped past its lease, alone and beside another: each mail once, or in doubt on record",
  { timeout: 120_000 },
  async () => {
    const { done, conflicts } = await playRounds(dozen());
    expect(conflicts).toBe(0);
    expect(done).toHaveLength(everyPoint.length);
    assertStruck(done);
    expect(new Set(everyPoint.map(([, point]) => point))).toEqual(new Set(points));
  },
);

test.runIf(count > 0)(
  `crashed by seeds, ${count} from ${first} on: each mail once, or in doubt on record`,
  { timeout: 60_000 + count * 10_000 },
  async () => {
    const began = performance.now();
    const rounds = Array.from({ length: count }, (_, at) => drawRound(first + at));
    const { done, conflicts } = await playRounds(rounds, (results) => {
      if (results.length % 25 === 0 || results.length === count) say(results, performance.now() - began);
    });
    expect(conflicts).toBe(0);
    assertStruck(done);
  },
);

test.runIf(count > 0 && CRASH_SEED === undefined)(
  "killed between and within the slices of a large issue's planning: each mail once",
  { timeout: 120_000 },
  async () => {
    const fates = [["planning", 2] as const, ["planned", 1] as const, ["planning", 1] as const];
    const rounds = fates.map(([point, nth], at): Round => {
      const fate = { point, nth, signal: "SIGKILL", delay: 0 } as const;
      return { ...drawRound(at), transport: "strict", fates: [fate], beside: at === 0, workers: 2, faulty: true };
    });
    const { done, conflicts } = await playRounds(rounds, () => {}, { readers: 20_050, people: 0, members: 100 });
    expect(conflicts).toBe(0);
    expect(done.filter(({ struck }) => struck > 0).length).toBeGreaterThan(1);
  },
);

/** A round whose dispatcher was alone has crashed; beside another it may have come too late, which must stay rare. */
function assertStruck(done: readonly Result[]): void {
  const idle = done.filter(({ struck }) => struck === 0);
  const alone = idle.filter(({ round }) => !round.beside);
  expect(
    alone.map(({ round }) => describeRound(round)),
    "rounds without a crash",
  ).toEqual([]);
  if (done.length >= 10) expect(idle.length, "crashes that came too late").toBeLessThan(done.length / 4);
}

function say(results: readonly Result[], ms: number): void {
  const sum = (of: (result: Result) => number): number => results.reduce((so, result) => so + of(result), 0);
  const struck = sum((result) => result.struck);
  const doubt = sum((result) => result.inDoubt);
  // Past vitest, which would head each line with the name of the test.
  writeSync(
    1,
    `${results.length} of ${count} rounds, ${struck} crashes, ${doubt} in doubt, ${Math.round(ms / 1000)} s\n`,
  );
}
