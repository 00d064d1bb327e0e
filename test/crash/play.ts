import { rmSync } from "node:fs";
import { join } from "node:path";
import { leaseMs } from "../../src/delivery/claim.ts";
import { type Clock, openClock } from "./clock.ts";
import type { Far } from "./far.ts";
import { copy, start } from "./installation.ts";
import type { Orders, Transport } from "./orders.ts";
import { type Player, startPlayer } from "./player.ts";
import { describeRound, type Round } from "./rounds.ts";
import { judge } from "./verdict.ts";

/** What rounds are played on. */
export interface Stage {
  /** Holds the installation that is copied, the rounds and a cache. */
  readonly folder: string;
  /** Most mails of a call. */
  readonly members: number;
  readonly far: Readonly<Record<Transport, Far>>;
  /** Who lives through all rounds of a lane, and pays what the dead have left. */
  readonly warden: Player;
}

/** What came of a round. */
export interface Played {
  /** How many dispatchers met their fate. */
  readonly struck: number;
  readonly inDoubt: number;
}

/** Plays a round and judges it; throws with its seed where anything is not as promised. */
export async function playRound(stage: Stage, round: Round): Promise<Played> {
  const name = `r${round.seed}`;
  const folder = join(stage.folder, name);
  try {
    const owed = copy(join(stage.folder, "template"), folder, name, round.people);
    const far = stage.far[round.transport];
    if (round.faulty) await far.trouble(name);
    const struck = await (round.handover === null ? crash : wakeLate)(stage, round, folder);
    const { inDoubt } = judge({ folder, round, owed, taken: far.taken(name), struck });
    return { struck, inDoubt };
  } catch (fault) {
    const again = `CRASH_SEED=${round.seed} CRASH_ROUNDS=1 npm run test:crash`;
    const words = fault instanceof Error ? fault.message : String(fault);
    throw new Error(`${describeRound(round)}: ${words} (again: ${again})`, { cause: fault });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ordersOf({ far, members }: Stage, { transport, workers }: Round, folder: string): Orders {
  return { folder, transport, url: far[transport].url, workers, members, fate: null };
}

/** Starts dispatchers on a folder that meet their fates there, until everything is paid; tells how many did. */
async function crash(stage: Stage, round: Round, folder: string): Promise<number> {
  const clock = openClock(folder, start);
  const { warden } = stage;
  const orders = ordersOf(stage, round, folder);
  let struck = 0;
  try {
    if (round.beside) warden.open(orders);
    for (const fate of round.fates) {
      const victim = startPlayer(join(stage.folder, "cache"));
      try {
        victim.open({ ...orders, fate });
        const woken = await conduct(round.beside ? [victim, warden] : [victim], clock);
        if (woken || victim.state() === "dead") struck += 1;
      } finally {
        await victim.end();
      }
    }
    if (!round.beside) warden.open(orders);
    await conduct([warden], clock);
    warden.close();
    await warden.quiet();
  } finally {
    clock.close();
  }
  return struck;
}

/** One is stopped until its lease is over, and wakes while the other, itself stopped, holds the same batch (REL-10). */
async function wakeLate(stage: Stage, round: Round, folder: string): Promise<number> {
  const clock = openClock(folder, start);
  const { warden } = stage;
  const [fate = null] = round.fates;
  const victim = startPlayer(join(stage.folder, "cache"));
  const orders = ordersOf(stage, round, folder);
  try {
    await begin(victim, { ...orders, fate });
    const struck = victim.state() === "stopped" ? 1 : 0;
    clock.set(start + 2 * leaseMs);
    await begin(warden, {
      ...orders,
      fate: { point: round.handover ?? "claimed", nth: 1, signal: "SIGSTOP", delay: 0 },
    });
    for (const player of [victim, warden]) {
      if (player.state() === "stopped") player.wake();
      await player.quiet();
    }
    await conduct([victim, warden], clock);
    warden.close();
    await warden.quiet();
    return struck;
  } finally {
    await victim.end();
    clock.close();
  }
}

async function begin(player: Player, orders: Orders): Promise<void> {
  player.open(orders);
  await player.quiet();
  player.go();
  await player.quiet();
}

/**
 * Leads dispatchers to the end of what they owe. Time passes only while all of them wait for it: to the next lease or wait that
 * ends. Who was stopped is woken when the others have nothing left, or when two are. True if one was.
 */
export async function conduct(players: readonly Player[], clock: Clock): Promise<boolean> {
  await Promise.all(players.map((player) => player.quiet()));
  for (const player of players) player.go();
  let woken = false;
  for (let moves = 0; moves < 500; moves += 1) {
    await Promise.all(players.map((player) => player.quiet()));
    const [stopped, second] = players.filter((player) => player.state() === "stopped");
    const waiting = players.filter((player) => player.state() === "waits");
    for (const player of waiting) if (player.refused() !== null) throw new Error(`a turn failed: ${player.refused()}`);
    const dues = waiting.flatMap((player) => player.due() ?? []);
    if (stopped !== undefined && (second !== undefined || dues.length === 0)) {
      stopped.wake();
      woken = true;
    } else if (dues.length > 0) {
      clock.set(Math.max(clock.read(), Math.min(...dues)));
      for (const player of waiting) player.go();
    } else return woken;
  }
  throw new Error("the clock has moved 500 times, and something is still owed");
}
