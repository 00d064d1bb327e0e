import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { nextTurn, turn } from "../../src/jobs.ts";
import { openContext } from "../../src/node/context.ts";
import { dice } from "../delivery/dice.ts";
import { scratchFolder } from "../world/scratch.ts";
import { type Far, startFarResend, startFarSmtp } from "./far.ts";
import { copy, install, look, type Owed, start } from "./installation.ts";
import { environment } from "./orders.ts";
import { keepMoment, losePower, losses, type Moment } from "./power.ts";
import { calmRound } from "./rounds.ts";
import { judge } from "./verdict.ts";

const transports = ["strict", "smtp"] as const;
type Transport = (typeof transports)[number];

const starts = { strict: startFarResend, smtp: startFarSmtp };

/** A dispatch as it went, passage by passage. */
interface Course {
  readonly owed: Owed;
  readonly moments: readonly Moment[];
}

let folder: string;
let courses: Record<Transport, Course>;

beforeAll(async () => {
  folder = scratchFolder("power");
  await install(join(folder, "template"), { readers: 18, people: 3 });
  courses = { strict: await run("strict"), smtp: await run("smtp") };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(transport: Transport): Promise<Course> {
  const far = await starts[transport]();
  const own = join(folder, transport);
  const owed = copy(join(folder, "template"), own, transport, true);
  mkdirSync(join(folder, `${transport}-moments`));
  const moments: Moment[] = [];
  await payAll(own, transport, far, start, (point) => {
    if (!existsSync(join(own, "tidings.db-wal"))) return;
    moments.push(keepMoment(own, far.ledgerFile, join(folder, `${transport}-moments`, String(moments.length)), point));
  });
  await far.stop();
  return { owed, moments };
}

async function payAll(own: string, transport: Transport, far: Far, now: number, probe: (point: string) => void) {
  let clock = now;
  const config = readConfig(environment({ folder: own, transport, url: far.url }));
  const { ctx, close } = await openContext(config, { clock: () => clock, probe });
  const limits = { ...ctx.provider.limits, members: 6 };
  const small = { ...ctx, provider: { ...ctx.provider, limits } };
  for (let turns = 0; turns < 1_000; turns += 1) {
    if (await turn(small)) continue;
    const due = await nextTurn(small);
    if (due === null) return close();
    clock = Math.max(due, clock + 1);
  }
  throw new Error("1,000 turns have not paid everything");
}

/** Losses spread over the whole course: pairs of moments between which something was committed. */
const cases = transports.flatMap((transport) =>
  losses.flatMap((loss) => [0.1, 0.5, 0.9].map((far) => [transport, loss, far] as const)),
);

test.each(cases)(
  "by %s, power lost with %s, %d of the way: the file is sound, and each mail leaves once",
  async (transport, loss, part) => {
    const { owed, moments } = courses[transport];
    const pairs = moments.flatMap((before, at) => {
      const after = moments[at + 1];
      return after !== undefined && grows(before, after) ? [{ before, after }] : [];
    });
    expect(pairs.length).toBeGreaterThan(10);
    const roll = dice(losses.indexOf(loss) * 10 + part * 100);
    const { before, after } = pairs[Math.floor(pairs.length * part) + roll(2)] ?? pairs[0] ?? never();
    const own = join(folder, `${transport}-${loss}-${part}`);
    losePower(before, after, loss, roll, own);
    const far = await starts[transport](join(own, "ledger.jsonl"));
    try {
      expect(look(own, (file) => file.pragma("integrity_check", { simple: true }))).toBe("ok");
      await payAll(own, transport, far, start + 3_600_000, () => {});
      judge({ folder: own, round: calmRound(0, transport), owed, taken: far.taken(transport), struck: 1 });
    } finally {
      await far.stop();
    }
  },
);

/** The same WAL, with more in it: SQLite has not begun it anew between. */
function grows({ wal: before }: Moment, { wal: after }: Moment): boolean {
  return before.length > 32 && after.length > before.length && after.subarray(0, 32).equals(before.subarray(0, 32));
}

function never(): never {
  throw new Error("no moment of that kind");
}
