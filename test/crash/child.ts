// A process that pays what is owed in a database or several, and kills itself where it was told to:
// node test/crash/child.ts '{"folders":[…],"url":…,"clock":…,"point":…,"nth":…}'
import { setTimeout } from "node:timers";
import { readConfig } from "../../src/config.ts";
import { nextTurn, turn } from "../../src/jobs.ts";
import { openContext } from "../../src/node/context.ts";
import { environment, type Orders } from "./orders.ts";

const orders = JSON.parse(process.argv[2] ?? "") as Orders;
const passed = new Map<string, number>();

/** SIGKILL at the nth passage of the named point: nothing is flushed, closed or told. */
function pass(point: string, delay?: number): void {
  const count = (passed.get(point) ?? 0) + 1;
  passed.set(point, count);
  if (point !== orders.point || count !== orders.nth) return;
  if (delay === undefined) process.kill(process.pid, "SIGKILL");
  else setTimeout(() => process.kill(process.pid, "SIGKILL"), delay);
}

const call = globalThis.fetch;
globalThis.fetch = (...request) => {
  const answer = call(...request);
  pass("flight", orders.delay);
  return answer;
};

let ahead = orders.clock - Date.now();
const clock = (): number => Date.now() + ahead;

async function payAll(folder: string): Promise<void> {
  const { ctx, close } = await openContext(readConfig(environment(folder, orders.url)), { clock, probe: pass });
  // Small batches: a few dozen readers must do for many passages.
  const provider = { ...ctx.provider, limits: { ...ctx.provider.limits, members: orders.members } };
  const own = { ...ctx, provider };
  const work = async (): Promise<void> => {
    while (await turn(own));
  };
  for (;;) {
    await Promise.all(Array.from({ length: orders.workers }, work));
    const due = await nextTurn(own);
    if (due === null) break;
    // Nobody waits: where a lease or a wait must end first, the clock goes there.
    ahead += Math.max(0, due - clock());
  }
  close();
}

for (const folder of orders.folders) await payAll(folder);
