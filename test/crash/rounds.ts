import { dice } from "../delivery/dice.ts";
import { type Fate, type Point, points, type Transport, transports } from "./orders.ts";

/** One installation that is crashed; all of it follows from the seed. */
export interface Round {
  readonly seed: number;
  readonly transport: Transport;
  /** What one dispatcher after the other meets. */
  readonly fates: readonly Fate[];
  /** Whether another dispatcher, which lives, pays at the same time; if not, it comes after. */
  readonly beside: boolean;
  /** Who is stopped wakes up while the other, stopped at this point, holds what it held; null: it wakes when all is paid. */
  readonly handover: Point | null;
  /** Of each dispatcher. */
  readonly workers: number;
  /** Whether the provider has faults of its own meanwhile. */
  readonly faulty: boolean;
  /** Whether people wait for confirmation mails too. */
  readonly people: boolean;
}

/** A round in which nobody is crashed: one dispatcher pays issue and notices alike. */
export function calmRound(seed: number, transport: Transport): Round {
  return { seed, transport, fates: [], beside: false, handover: null, workers: 1, faulty: false, people: true };
}

/** Passages within a commit: whoever stops there holds the database, and nobody else could go on. */
const within: readonly Point[] = ["planning", "midway"];

/** The round of a seed. Over 50 seeds in a row each transport meets each of its points. */
export function drawRound(seed: number): Round {
  const roll = dice(seed);
  const transport = transports[seed % transports.length] as Transport;
  const own = points.filter((point) => point !== "leaving" || transport === "smtp");
  const point = own[Math.floor(seed / transports.length) % own.length] as Point;
  const stops = roll(4) === 0 && !within.includes(point);
  const beside = stops || roll(2) === 0;
  const signal = stops ? "SIGSTOP" : "SIGKILL";
  const first = { point, nth: nthOf(point, roll, beside), signal, delay: roll(4) } as const;
  const fates: Fate[] = [first];
  // Restarted into the next crash, twice.
  for (let more = !beside && roll(6) === 0 ? 2 : 0; more > 0; more -= 1) {
    const next = own[roll(own.length)] as Point;
    fates.push({ point: next, nth: 1, signal: "SIGKILL", delay: roll(4) });
  }
  const rest = { workers: 1 + roll(3), faulty: roll(3) === 0, people: roll(3) === 0 };
  const round = { seed, transport, fates, beside, handover: null, ...rest };
  return stops && transport !== "single" && point in lastBatch && roll(3) > 0 ? handOver(round, roll) : round;
}

/** Passages of these points before the last of four batches of six, by Resend over HTTP and by SMTP. */
const lastBatch: Partial<Record<Point, { http: number; smtp: number }>> = {
  claimed: { http: 3, smtp: 3 },
  frozen: { http: 3, smtp: 3 },
  leaving: { http: 0, smtp: 18 },
  flight: { http: 3, smtp: 18 },
  sent: { http: 3, smtp: 3 },
};

/** It stops in its last batch, so that the other has nothing else to take. */
export function handOver(round: Round, roll: (below: number) => number): Round {
  const [fate] = round.fates;
  if (fate === undefined) return round;
  const isSmtp = round.transport === "smtp" || round.transport === "keyed";
  const before = lastBatch[fate.point]?.[isSmtp ? "smtp" : "http"] ?? 0;
  const nth = before + 1 + (before > 3 ? roll(6) : 0);
  const points = ["claimed", "frozen", round.transport === "smtp" ? "leaving" : "sent"] as const;
  const handover = points[roll(points.length)] ?? "claimed";
  return { ...round, fates: [{ ...fate, nth }], handover, workers: 1, faulty: false, people: false };
}

function nthOf(point: Point, roll: (below: number) => number, beside: boolean): number {
  if (point === "midway") return 1 + roll(beside ? 8 : 30);
  if (point === "planning" || point === "planned") return 1 + roll(beside ? 1 : 2);
  return 1 + roll(beside ? 2 : 4);
}

/** A round in words. */
export function describeRound({ seed, transport, fates, beside, handover, ...rest }: Round): string {
  const met = fates.map(({ signal, point, nth }) => `${signal} at ${point} ${nth}`).join(", then ");
  const traits = [
    handover ? `woken while another is at ${handover}` : beside && "beside another",
    rest.faulty && "faults",
    rest.people && "notices",
  ].filter(Boolean);
  return `seed ${seed}: ${transport}, ${met}, ${rest.workers} workers${traits.map((one) => `, ${one}`).join("")}`;
}
