import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../errors.ts";
import type { IssueName } from "../issue/find.ts";
import type { Cli } from "./command.ts";
import type { Session } from "./connect.ts";
import { readStatus, type Status } from "./issue-status.ts";
import type { Payer } from "./pay.ts";
import { progressLine, progressWords, type Reading, rateMeter, settled, tenths } from "./progress.ts";
import { clockTime, counted, span } from "./words.ts";

const look = { here: 150, elsewhere: 1_000 } as const;
const quiet = 10_000;
/** So long without a change, and the reason is worth a line; other processes' workers are silent for the time of a call. */
const still = { here: 1_500, elsewhere: 10_000 } as const;

/** So long without a change while nothing is due, and a rate would tell nothing. */
const idle = 2_000;

/** How a send is followed. */
export interface Following {
  /** What pays here; null where others do. */
  readonly payer: Payer | null;
  readonly stop: AbortSignal;
  /** Whether there is nothing more to wait for; `still` is for how many ms nothing has changed. */
  isOver(status: Status, still: number): boolean;
}

/** Shows how a send goes on until it is over, or `stop` is raised; returns its last status. Throws what ended the payer. */
export async function follow(cli: Cli, session: Session, name: IssueName, how: Following): Promise<Status> {
  const { payer, stop } = how;
  let status = await readStatus(session.api, name);
  const show = progressShower(cli, settled(status.sums), {
    patience: payer === null ? still.elsewhere : still.here,
    isOnlooker: session.local !== null && payer === null,
  });
  let moved = { at: Date.now(), sign: signOf(status) };
  try {
    for (;;) {
      if (signOf(status) !== moved.sign) moved = { at: Date.now(), sign: signOf(status) };
      show(status, payer === null || !payer.isBusy());
      if (payer?.fault()) throw payer.fault();
      if (stop.aborted || how.isOver(status, Date.now() - moved.at)) return status;
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

/** Differs from one look to the next while anybody works on the issue. */
function signOf({ issue, sums, work }: Status): string {
  return JSON.stringify([issue.status, issue.plannedAt, sums, work]);
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
  how: { readonly patience: number; readonly isOnlooker: boolean },
): (status: Status, mayBeStill: boolean) => void {
  const began = Date.now();
  let said = { at: began, tenth: -1 };
  let moved = { at: began, settled: settledBefore };
  let waits = "";
  const measure = rateMeter(began, settledBefore);
  return (status, mayBeStill) => {
    if (cli.json) return;
    const { terminal } = cli;
    const now = Date.now();
    if (status.issue.status === "scheduled") return terminal.draw(terminal.canDraw ? beginsIn(status, now) : "");
    const isPlanned = status.issue.plannedAt !== null;
    if (settled(status.sums) !== moved.settled) moved = { at: now, settled: settled(status.sums) };
    const stillFor = mayBeStill ? now - moved.at : 0;
    const isTold = mayBeStill && isToldToWait(status, now);
    const why = isTold || stillFor > how.patience ? waitingFor(status, now, how.isOnlooker) : "";
    if (why !== "" && why !== waits) cli.note(why);
    waits = why;
    // Held elsewhere it may be on its way, which an onlooker cannot see.
    const enough = how.isOnlooker && status.work.held > 0 ? how.patience : idle;
    const waitsUntil = isTold || stillFor > enough ? dueLater(status, now) : null;
    const rate = measure(now, settled(status.sums), waitsUntil !== null);
    const reading: Reading = { sums: status.sums, isPlanned, rate, waitsUntil };
    if (terminal.canDraw) return terminal.draw(progressLine(reading, terminal.room));
    const tenth = tenths(status.sums);
    if (!isPlanned || (tenth === said.tenth && now - said.at < quiet)) return;
    said = { at: now, tenth };
    cli.note(progressWords(reading));
  };
}

function beginsIn({ issue }: Status, now: number): string {
  const at = issue.scheduledAt ?? now;
  return at > now
    ? `Begins at ${clockTime(at)}, in ${span(at - now)}`
    : `Was to begin at ${clockTime(at)}, ${span(now - at)} ago`;
}

/** The issue itself says why it waits, and until when. */
function isToldToWait(status: Status, now: number): boolean {
  return status.issue.error !== null && dueLater(status, now) !== null;
}

function dueLater({ issue, work }: Status, now: number): number | null {
  return issue.status === "sending" && work.dueAt !== null && work.dueAt > now ? work.dueAt : null;
}

/** Why nothing happens right now, or "" when something does. An onlooker pays nothing, though some of it be due. */
function waitingFor({ issue, work, held: why }: Status, now: number, isOnlooker: boolean): string {
  if (why !== null) return `All mails are held: ${why}`;
  const isOpen = issue.status === "sending" || issue.status === "cancelled";
  if (!isOpen || work.dueAt === null) return "";
  if (isOnlooker && work.heldUntil !== null && work.heldUntil > now) {
    return `${inHands(work.held)}; if that has ended, what it holds is free again at ${clockTime(work.heldUntil)}.`;
  }
  if (issue.status === "cancelled" || work.dueAt - now < 1_500) return "";
  const until = clockTime(work.dueAt);
  if (issue.error !== null) return `Waiting until ${until}: ${issue.error}`;
  if (work.held === 0) return `Waiting until ${until} to try again what the provider could not take.`;
  return `${inHands(work.held)}; if that has ended, sending goes on at ${until}.`;
}

function inHands(held: number): string {
  return `${held === 1 ? "One batch is" : `${counted(held, "batch", "batches")} are`} in the hands of another process`;
}
