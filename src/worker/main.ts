import { waitUntil } from "cloudflare:workers";
import { createApp } from "../app.ts";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import type { Env } from "../http/env.ts";
import { nextTurn, tick } from "../jobs.ts";
import type { Bindings, Messages } from "./bindings.ts";
import { createContext, settleIn } from "./context.ts";
import { paySlice } from "./slice.ts";

/** Tidings in one isolate. */
interface Opened {
  readonly ctx: AppContext;
  readonly app: ReturnType<typeof createApp>;
}

const second = 1_000;

/** Until then the cron trigger has looked again. */
const cronEvery = 60 * second;

/** Of the 1,000 statements that an invocation may make, so many begin no further turn: those under way need some, too. */
const mostStatements = 600;

/** An invocation for the queue may take 15 minutes; shorter ones pass on sooner what a deployment has changed. */
const longestSlice = 60 * second;

const opened = new WeakMap<Bindings, Promise<Opened>>();

function open(bindings: Bindings): Promise<Opened> {
  const known = opened.get(bindings);
  if (known !== undefined) return known;
  const opening = start(bindings);
  opened.set(bindings, opening);
  // What a person mends is seen by the next request.
  opening.catch(() => opened.delete(bindings));
  return opening;
}

async function start(bindings: Bindings): Promise<Opened> {
  const ctx = createContext(bindings, { bell: { ring: () => waitUntil(ring(bindings, 0)) } });
  await settleIn(ctx, bindings);
  return { ctx, app: createApp(ctx) };
}

/** Has somebody look into the ledger in so many ms. A ring that is lost costs a minute at most: cron looks too. */
async function ring(bindings: Bindings, ms: number): Promise<void> {
  try {
    await bindings.BELL.send("look", { delaySeconds: Math.ceil(Math.max(0, ms) / second) });
  } catch (fault) {
    console.error(JSON.stringify({ level: "error", event: "bell not rung", fault: String(fault) }));
  }
}

async function ringIfDue(bindings: Bindings, ctx: AppContext, due: number | null): Promise<void> {
  const ms = due === null ? Number.POSITIVE_INFINITY : due - ctx.clock();
  if (ms < cronEvery) await ring(bindings, ms);
}

/** Pays for one invocation, which counts its own statements, and rings for the next where more is owed. */
async function pay(bindings: Bindings): Promise<void> {
  await open(bindings);
  let statements = 0;
  const ctx = createContext(bindings, {
    bell: { ring() {} },
    counted: (more) => {
      statements += more;
    },
  });
  const end = ctx.clock() + longestSlice;
  const due = await paySlice(ctx, {
    // The outbox writes each mail by a statement of its own.
    calls: ctx.keep === null ? 4 : 1,
    hasLeft: () => statements < mostStatements && ctx.clock() < end,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
  await ringIfDue(bindings, ctx, due);
}

/** What Cloudflare calls. */
// biome-ignore lint/style/noDefaultExport: the runtime demands it
export default {
  async fetch(request: Request, bindings: Bindings): Promise<Response> {
    let app: Opened["app"];
    try {
      ({ app } = await open(bindings));
    } catch (fault) {
      return refuseToStart(fault);
    }
    const { SIGNUP_LIMIT: limit } = bindings;
    const peer = request.headers.get("cf-connecting-ip");
    const env: Env["Bindings"] = {
      incoming: { socket: { remoteAddress: peer ?? undefined } },
      // Cloudflare's own word: whatever else a request says of its way here is not looked at (SEC-16).
      client: peer,
      ...(limit === undefined ? {} : { admit: (network: string) => admit(limit, network) }),
    };
    return app.fetch(request, env);
  },

  async queue(batch: Messages, bindings: Bindings): Promise<void> {
    try {
      await pay(bindings);
    } catch (fault) {
      logFault("slice failed", fault);
      batch.retryAll({ delaySeconds: 10 });
    }
  },

  async scheduled(_event: unknown, bindings: Bindings): Promise<void> {
    const { ctx } = await open(bindings);
    await tick(ctx);
    await ringIfDue(bindings, ctx, await nextTurn(ctx));
  },
};

/** A count that fails keeps nobody out. */
async function admit(limit: NonNullable<Bindings["SIGNUP_LIMIT"]>, network: string): Promise<boolean> {
  try {
    return (await limit.limit({ key: network })).success;
  } catch (fault) {
    logFault("sign-ups not counted", fault);
    return true;
  }
}

/** A server that cannot start ends; a Worker says to whoever deploys it what is wrong. Nothing in these words is secret. */
function refuseToStart(fault: unknown): Response {
  logFault("not started", fault);
  const words = fault instanceof AppError ? `${fault.message}\n${fault.details.hint ?? ""}` : "Its log says why.";
  const headers = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", "Retry-After": "60" };
  return new Response(`Tidings cannot start.\n${words}\n`, { status: 503, headers });
}

function logFault(event: string, fault: unknown): void {
  const words = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  console.error(JSON.stringify({ level: "error", event, fault: words }));
}
