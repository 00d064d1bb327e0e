import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../world/scratch.ts";
import { type Far, startFarKeyed, startFarResend, startFarSmtp } from "./far.ts";
import { install } from "./installation.ts";
import type { Transport } from "./orders.ts";
import { type Played, playRound, type Stage } from "./play.ts";
import { startPlayer } from "./player.ts";
import type { Round } from "./rounds.ts";

/** Rounds that are played beside one another. */
const lanes = 3;

/** A round and what came of it. */
export interface Result extends Played {
  readonly round: Round;
}

/** Whom each round mails, and how many of them in a call: few, so that a few dozen readers do for many passages. */
const small = { readers: 24, people: 5, members: 6 };

/** Plays all rounds, a few at a time; throws at the first that breaks the promise. `report` is told after each. */
export async function playRounds(
  rounds: readonly Round[],
  report: (done: readonly Result[]) => void = () => {},
  crowd = small,
) {
  const folder = scratchFolder("crash");
  mkdirSync(join(folder, "cache"));
  const far = await startFars();
  try {
    await install(join(folder, "template"), crowd);
    const done: Result[] = [];
    const left = [...rounds];
    const lane = async (): Promise<void> => {
      const warden = startPlayer(join(folder, "cache"));
      const stage: Stage = { folder, far, warden, members: crowd.members };
      try {
        for (let round = left.shift(); round !== undefined; round = left.shift()) {
          done.push({ round, ...(await playRound(stage, round)) });
          report(done);
        }
      } finally {
        left.length = 0;
        await warden.end();
      }
    };
    const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
    for (const one of ended) if (one.status === "rejected") throw one.reason;
    const conflicts = await Promise.all([...new Set(Object.values(far))].map((one) => one.conflicts()));
    return { done, conflicts: conflicts.reduce((sum, n) => sum + n, 0) };
  } finally {
    await Promise.all([...new Set(Object.values(far))].map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One fake for all of Resend's ways over HTTP, and one each for SMTP without keys and with them. */
async function startFars(): Promise<Record<Transport, Far>> {
  const [resend, smtp, keyed] = await Promise.all([startFarResend(), startFarSmtp(), startFarKeyed()]);
  return { strict: resend, permissive: resend, single: resend, smtp, keyed };
}
