import { AppError } from "../errors.ts";
import type { IssueName } from "../issue/find.ts";
import type { Cli, Given, Outcome } from "./command.ts";
import type { Local, Session } from "./connect.ts";
import { deliver, serverOf } from "./deliver.ts";
import { follow } from "./follow.ts";
import { nameOf, readStatus, type Status } from "./issue-status.ts";
import { reply } from "./reply.ts";
import { Interrupted } from "./terminal.ts";
import { tellMoment, tellWhen } from "./when.ts";
import { spanOf } from "./when-words.ts";

const longest = 24 * 3_600_000;

/** The span that `--hold` names, in ms; 0 without it. Throws `invalid`. */
export function readHold(given: Given): number {
  const text = given.text("hold");
  if (text === undefined) return 0;
  const span = spanOf(text.trim().toLowerCase());
  if (span !== null && span.days === 0 && span.ms > 0 && span.ms <= longest) return span.ms;
  throw new AppError("invalid", `--hold must be a span of up to 24 hours, not "${text}".`, {
    field: "--hold",
    hint: "Such as 30s, 5m or 1h 30m. To begin later than that: tidings issue schedule",
  });
}

/** The zone in which this installation names times. */
export async function readZone({ api }: Session): Promise<string> {
  return (await reply(api.instance.$get())).instance.timeZone;
}

/** Where nothing begins by itself, that is said, since a schedule without a server is only an intention. */
export function serverless(server: string | null): string[] {
  return server === null
    ? ["No server runs on this database: the issue begins only once one does (tidings serve), up to 6 hours late."]
    : [];
}

/**
 * Tells when a held issue begins and how to take it back. On a terminal where no server runs it stays, begins the issue when it is
 * time, and pays its mails; Ctrl-C leaves it scheduled.
 */
export async function beginLater(cli: Cli, session: Session, name: IssueName): Promise<Outcome> {
  const zone = await readZone(session);
  const status = await readStatus(session.api, name);
  // Somebody was quick.
  if (status.issue.status === "draft") return recalled(status);
  const { local } = session;
  const server = serverOf(cli, session);
  if (local !== null && server === null && cli.terminal.canAsk && !cli.json) {
    return waitHere(cli, session, { local, zone }, status);
  }
  const at = status.issue.scheduledAt ?? 0;
  return {
    json: { issue: status.issue, zone },
    text: `${nameOf(name)} begins ${tellWhen(at, Date.now(), zone)}.`,
    notes: [`Until then it can be taken back with: tidings issue recall ${nameOf(name)}`, ...serverless(server)],
  };
}

async function waitHere(
  cli: Cli,
  session: Session,
  { local, zone }: { local: Local; zone: string },
  { issue }: Status,
): Promise<Outcome> {
  const name = nameOf(issue);
  const when = tellMoment(issue.scheduledAt ?? 0, zone);
  cli.note(`${name} begins ${when}. No server runs here, so this command waits and sends it then.`);
  cli.note(`Take it back from another terminal with: tidings issue recall ${name}`);
  const stopping = new AbortController();
  const ignore = cli.terminal.onStop(() => stopping.abort());
  const { startPaying } = await import("./pay.ts");
  const payer = startPaying(local.ctx, 1, stopping.signal);
  try {
    const isOver = (status: Status) => status.issue.status !== "scheduled";
    const ended = await follow(cli, session, issue, { payer, stop: stopping.signal, isOver });
    if (ended.issue.status === "draft") return recalled(ended);
    if (stopping.signal.aborted && ended.issue.status === "scheduled") {
      throw new Interrupted(
        `${name} stays scheduled for ${when}, but nothing is running here that would begin it. ` +
          `Send it with: tidings issue send ${name}. Take it back with: tidings issue recall ${name}`,
      );
    }
  } finally {
    await payer.stop();
    ignore();
  }
  return deliver(cli, session, issue);
}

function recalled({ issue }: Status): Outcome {
  return { json: { issue }, text: `${nameOf(issue)} was recalled meanwhile: nothing was sent.`, exit: 5 };
}
