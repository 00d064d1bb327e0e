// A process that pays what is owed in one folder after the other, as it is told, and ends or stops where it was told to.
import { type Config, readConfig } from "../../src/config.ts";
import type { AppContext } from "../../src/context.ts";
import { AppError } from "../../src/errors.ts";
import { nextTurn, turn } from "../../src/jobs.ts";
import { openContext } from "../../src/node/context.ts";
import { createSmtp, type Smtp } from "../../src/node/smtp/send.ts";
import { createWriter } from "../../src/node/writer.ts";
import { openClock } from "./clock.ts";
import { pass, tempt, watchPassages } from "./fate.ts";
import { environment, type Order, type Orders, type Point, type Told } from "./orders.ts";

watchPassages();

const inbox: Order[] = [];
let arrived: () => void = () => {};

process.on("message", (order: Order) => {
  inbox.push(order);
  arrived();
});
// Nobody is left to tell: the test is over, or has ended before its time.
process.on("disconnect", () => process.exit());

async function next(): Promise<Order> {
  for (;;) {
    const order = inbox.shift();
    if (order !== undefined) return order;
    await new Promise<void>((resolve) => {
      arrived = resolve;
    });
  }
}

function tell(told: Told): void {
  process.send?.(told);
}

async function pay(orders: Orders): Promise<void> {
  tempt(null);
  const clock = openClock(orders.folder);
  const config = readConfig(environment(orders));
  const keyed = orders.transport === "keyed" ? keyedSmtp(config) : null;
  // As a server has it: what is killed may have handed commits to the thread that writes, and not know what became of them. Points
  // within a commit are passed in this thread alone.
  const isWithin = orders.fate?.point === "midway" || orders.fate?.point === "planning";
  const writer = isWithin ? null : createWriter(config.database);
  const { ctx, close } = await openContext(config, {
    clock: clock.read,
    ...(writer === null ? {} : { engine: writer.engine }),
    probe: (point) => pass(point as Point),
    ...(keyed === null ? {} : { provider: keyed }),
  });
  // Small batches: a few dozen readers must do for many passages.
  const limits = { ...ctx.provider.limits, members: Math.min(orders.members, ctx.provider.limits.members) };
  const own = { ...ctx, provider: { ...ctx.provider, limits } };
  tell({ ready: true });
  // From here only: what opening does is the same for every process.
  tempt(orders.fate);
  while ("go" in (await next())) {
    tell(await payDue(own, orders.workers));
  }
  tempt(null);
  keyed?.close();
  await writer?.stop();
  close();
  clock.close();
  tell({ closed: true });
}

/** As for smtp.resend.com, which is known by its name. */
function keyedSmtp({ smtpUrl }: Config): Smtp {
  if (smtpUrl === null) throw new Error("no server is named");
  return createSmtp({ server: smtpUrl, name: null, knowsKeys: true });
}

async function payDue(ctx: AppContext, workers: number): Promise<Told> {
  const work = async (): Promise<void> => {
    while (await turn(ctx));
  };
  const ended = await Promise.allSettled(Array.from({ length: workers }, work));
  const faults = ended.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
  const [fault] = faults;
  if (fault === undefined) return { due: await nextTurn(ctx) };
  if (fault instanceof AppError) return { refused: fault.message };
  throw fault;
}

for (;;) {
  const order = await next();
  if ("pay" in order) await pay(order.pay);
}
