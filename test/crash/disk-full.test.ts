import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { scratchFolder } from "../world/scratch.ts";
import { openClock } from "./clock.ts";
import { type Far, startFarResend, startFarSmtp } from "./far.ts";
import { copy, install, start } from "./installation.ts";
import type { Orders } from "./orders.ts";
import { conduct } from "./play.ts";
import { type Player, startPlayer } from "./player.ts";
import { calmRound } from "./rounds.ts";
import { judge } from "./verdict.ts";

const prlimit = "/usr/bin/prlimit";

let folder: string;
let far: Record<"strict" | "smtp", Far>;
let player: Player;

beforeEach(() => {
  player = startPlayer(join(folder, "cache"));
});
afterEach(() => player.end());
beforeAll(async () => {
  folder = scratchFolder("disk-full");
  mkdirSync(join(folder, "cache"));
  await install(join(folder, "template"), { readers: 24, people: 5 });
  const [strict, smtp] = await Promise.all([startFarResend(), startFarSmtp()]);
  far = { strict, smtp };
});
afterAll(async () => {
  await Promise.all([far.strict.stop(), far.smtp.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

/** How large a file the dispatcher may write; what does not fit any more meets the same fault as on a full disk. */
function limitFiles(size: number | "unlimited"): void {
  execFileSync(prlimit, ["--pid", String(player.pid), `--fsize=${size}:`]);
}

const cases = (["strict", "smtp"] as const).flatMap((way) => [50, 120, 220].map((kb) => [way, kb] as const));

test.skipIf(!existsSync(prlimit)).each(cases)(
  "by %s, on a disk that is full after %i kB: nothing leaves unrecorded, it is said, and with space again each mail leaves once",
  async (transport, kb) => {
    const name = `${transport}${kb}`;
    const own = join(folder, name);
    const owed = copy(join(folder, "template"), own, name, true);
    const clock = openClock(own, start);
    const orders: Orders = { folder: own, transport, url: far[transport].url, workers: 1, members: 6, fate: null };
    player.open(orders);
    await player.quiet();
    limitFiles(kb * 1024);
    for (let tries = 0; tries < 3; tries += 1) {
      player.go();
      await player.quiet();
      if (tries === 0) expect(player.refused()).toBe("The disk is full or failing: nothing was written.");
    }
    const before = far[transport].taken(name).length;
    expect(before).toBeLessThan(owed.readers.length + owed.people.length);
    limitFiles("unlimited");
    await conduct([player], clock);
    player.close();
    await player.quiet();
    clock.close();
    judge({ folder: own, round: calmRound(kb, transport), owed, taken: far[transport].taken(name), struck: 3 });
  },
);
