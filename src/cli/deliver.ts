import type { AppContext } from "../context.ts";
import type { IssueName } from "../issue/find.ts";
import type { Cli, Outcome } from "./command.ts";
import type { Session } from "./connect.ts";
import { follow } from "./follow.ts";
import { readStatus, type Status } from "./issue-status.ts";
import type { Payer } from "./pay.ts";
import { reply } from "./reply.ts";
import { detached, sentOutcome } from "./send-outcome.ts";

/** Later than this, waiting is not this command's business any more. */
const longestWait = 5 * 60_000;

/** Pays here unless a server elsewhere does, and tells how it went. Throws Interrupted on Ctrl-C. */
export async function deliver(cli: Cli, session: Session, name: IssueName): Promise<Outcome> {
  const stopping = new AbortController();
  const ignore = cli.terminal.onStop(() => {
    cli.note("Stopping: what is in flight is finished first. Once more stops at once.");
    stopping.abort();
  });
  const { local } = session;
  const payer = local === null ? null : await payHere(local.ctx, stopping.signal);
  try {
    await follow(cli, session, name, { payer, stop: stopping.signal, isOver });
    await payer?.stop();
    const status = await readStatus(session.api, name);
    const server = serverOf(cli, session);
    if (stopping.signal.aborted && status.issue.status === "sending") throw detached(status, server);
    return sentOutcome(status, { ...(await placeOf(session)), server });
  } finally {
    await payer?.stop();
    ignore();
  }
}

function isOver({ issue, held, work }: Status): boolean {
  const isFar = work.dueAt !== null && work.dueAt - Date.now() > longestWait;
  return issue.status !== "sending" || held !== null || isFar;
}

/** The server that pays mails of this database, looked up afresh; null when there is none. */
export function serverOf(cli: Cli, { local }: Session): string | null {
  return local === null ? cli.server : local.findServer();
}

/** Where mails can be read, and which way they leave. */
export async function placeOf(session: Session): Promise<{
  publicUrl: string;
  provider: "outbox" | "resend" | "smtp";
}> {
  const { publicUrl, provider } = await reply(session.api.instance.$get());
  return { publicUrl, provider };
}

/** Loaded when it is needed, since it brings everything that mails are made with. */
async function payHere(ctx: AppContext, stop: AbortSignal): Promise<Payer> {
  const { startPaying } = await import("./pay.ts");
  return startPaying(ctx, ctx.config.parallel, stop);
}
