import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../errors.ts";
import type { IssueName } from "../issue/find.ts";
import type { Cli } from "./command.ts";
import type { Session } from "./connect.ts";
import { readStatus, type Status } from "./issue-status.ts";
import type { Payer } from "./pay.ts";
import { progressLine, progressWords, type Reading, settled, tenths } from "./progress.ts";
import { clockTime, counted } from "./words.ts";

const look = { here: 150, elsewhere: 1_000 } as const;
/** Later than this, waiting is not this command's business any more. */
const longestWait = 5 * 60_000;
const quiet = 10_000;
/** So long without a change, and the reason is worth a line; a server's workers are silent for the time of a call. */
const still = { here: 1_500, elsewhere: 10_000 } as const;

/**
 * Shows how a send goes on until it has ended, must wait for long, or `stop` is raised; returns its last status. Throws what
 * ended the payer.
 */
export async function follow(
  cli: Cli,
  session: Session,
  name: IssueName,
  how: { readonly payer: Payer | null; readonly stop: AbortSignal },
): Promise<Status> {
  const first = await readStatus(session.api, name);
  const show = progressShower(cli, settled(first.sums), session.local === null ? still.elsewhere : still.here);
  const { payer, stop } = how;
  let status = first;
  try {
    for (;;) {
      show(status, payer === null || !payer.isBusy());
      if (payer?.fault()) throw payer.fault();
      if (status.issue.status !== "sending" || stop.aborted || isFar(status)) return status;
      await pause(session.local === null ? look.elsewhere : look.here, stop);
      status = await readStatus(session.api, name);
    }
  } catch (fault) {
    if (session.local !== null || !(fault instanceof AppError) || fault.code !== "unavailable") throw fault;
    throw new AppError("unavailable", fault.message, {
      hint: `Sending goes on there. Look again with: tidings issue status ${name.newsletter}/${name.slug}`,
    });
  } finally {
    cli.terminal.draw("");
  }
}

function isFar({ work }: Status): boolean {
  return work.dueAt !== null && work.dueAt - Date.now() > longestWait;
}

/** Waits so long, or until `stop`. */
export async function pause(ms: number, stop: AbortSignal): Promise<void> {
  // Aborted: whoever waits looks at the signal next.
  await sleep(ms, undefined, { signal: stop }).catch(() => undefined);
}

/** Draws on a terminal; elsewhere writes a line for each tenth, and one whenever there is a reason to wait. */
function progressShower(
  cli: Cli,
  settledBefore: number,
  patience: number,
): (status: Status, mayBeStill: boolean) => void {
  const began = Date.now();
  let said = { at: began, tenth: -1 };
  let moved = { at: began, settled: settledBefore };
  let waits = "";
  return (status, mayBeStill) => {
    if (cli.json) return;
    const { terminal } = cli;
    const now = Date.now();
    const isPlanned = status.issue.plannedAt !== null;
    const reading: Reading = { sums: status.sums, isPlanned, elapsed: now - began, settledBefore };
    if (settled(status.sums) !== moved.settled) moved = { at: now, settled: settled(status.sums) };
    const why = mayBeStill && now - moved.at > patience ? waitingFor(status, now) : "";
    if (why !== "" && why !== waits) cli.note(why);
    waits = why;
    if (terminal.canDraw) return terminal.draw(progressLine(reading, terminal.room));
    const tenth = tenths(status.sums);
    if (!isPlanned || (tenth === said.tenth && now - said.at < quiet)) return;
    said = { at: now, tenth };
    cli.note(progressWords(reading));
  };
}

/** Why nothing happens right now, or "" when something does. */
function waitingFor({ issue, work }: Status, now: number): string {
  if (issue.status !== "sending" || work.dueAt === null || work.dueAt - now < 1_500) return "";
  const until = clockTime(work.dueAt);
  if (issue.error !== null) return `Waiting until ${until}: ${issue.error}`;
  if (work.held === 0) return `Waiting until ${until} to try again what the provider could not take.`;
  const held = work.held === 1 ? "One batch is" : `${counted(work.held, "batch", "batches")} are`;
  return `${held} in the hands of another process; if that has ended, sending goes on at ${until}.`;
}
