import type { Outcome } from "./command.ts";
import {
  exactMoment,
  isIdle,
  leftOpen,
  nameOf,
  reasonLines,
  type Status,
  sumLines,
  whyStopped,
} from "./issue-status.ts";
import { sheet } from "./table.ts";
import { Interrupted } from "./terminal.ts";
import { count, counted } from "./words.ts";

/** Where a send happened. */
interface Place {
  readonly publicUrl: string;
  readonly provider: "outbox" | "resend" | "smtp";
  /** The server that goes on with what is open; null when there is none. */
  readonly server: string | null;
}

/** Ctrl-C while mails were leaving: says truly who goes on with the rest. */
export function detached(status: Status, server: string | null): Interrupted {
  const { issue } = status;
  const rest =
    server === null
      ? `nothing is sending now. Go on with: tidings issue send ${nameOf(issue)}`
      : `the server at ${server} goes on sending. Look with: tidings issue status ${nameOf(issue)}`;
  return new Interrupted(`${howFar(status)}; ${rest}`);
}

const late = 6 * 3_600_000;

/** What begins a scheduled issue; `server` runs here, null: none does. */
export function beginner({ issue }: Status, server: string | null): string[] {
  const name = nameOf(issue);
  const overdue = Date.now() - (issue.scheduledAt ?? 0);
  if (server !== null) return [`The server at ${server} begins it by itself.`];
  if (overdue < 0) {
    return [
      "No server runs on this database: the issue begins only once one does (tidings serve), up to 6 hours late.",
    ];
  }
  const serving =
    overdue > late ? "a server would pause it now, over 6 hours late" : "a server begins it (tidings serve)";
  return [`No server runs on this database, so it has not begun: ${serving}, or: tidings issue send ${name}`];
}

/** Ctrl-C while watching, which stops nothing: says truly whether anything goes on. */
export function unwatched(status: Status, server: string | null): Interrupted {
  const { issue, work } = status;
  const name = nameOf(issue);
  if (issue.status === "scheduled") {
    const isPast = (issue.scheduledAt ?? 0) <= Date.now();
    const begins = `it ${isPast ? "was to begin" : "begins"} at ${exactMoment(issue.scheduledAt)}`;
    return new Interrupted([begins, ...beginner(status, server)].join(". "));
  }
  if (server !== null) {
    return new Interrupted(
      `${howFar(status)}; the server at ${server} goes on sending. Watch again with: tidings issue status ${name} --watch`,
    );
  }
  const others = isIdle(status)
    ? "no server runs here, and no process holds a mail of it"
    : `no server runs here; ${counted(work.held, "batch is", "batches are")} in the hands of another process, which goes on unless it has ended`;
  return new Interrupted(
    `${howFar(status)}; ${others}. If nobody else sends it, go on with: tidings issue send ${name}`,
  );
}

function howFar({ issue, sums }: Status): string {
  return issue.plannedAt === null
    ? `${sums.accepted === 0 ? "No mail" : counted(sums.accepted, "mail")} accepted so far`
    : `${count(sums.accepted)} of ${counted(sums.planned, "mail")} accepted, ${count(sums.open)} still to go`;
}

/** How a send ended: exit code 4 unless every mail was accepted or rightly skipped. */
export function sentOutcome(status: Status, place: Place): Outcome {
  const { issue, sums, reasons, reports, held, work } = status;
  const isPartly = sums.failed + sums.inDoubt + sums.open > 0 || issue.status !== "sent";
  return {
    json: { issue, sums, reasons, reports, held, work },
    text: `${headline(status)}\n${sheet([...sumLines(sums), ...reasonLines(status)])}`,
    notes: nextSteps(status, place),
    exit: isPartly ? 4 : 0,
  };
}

/** In a sentence how an issue stands. */
export function headline({ issue, sums, work, held }: Status): string {
  const name = nameOf(issue);
  const reached = `${count(sums.accepted)} of ${counted(sums.planned, "reader")}`;
  switch (issue.status) {
    case "sent":
      return `Sent ${name} to ${reached}.`;
    case "incomplete":
      return `Sent ${name} to ${reached}; nobody knows whether ${count(sums.inDoubt)} more have left.`;
    case "paused":
      return `Stopped ${name} after ${reached}: ${whyStopped(issue) ?? "no reason given"}`;
    case "cancelled":
      if (sums.planned === 0) return `Cancelled ${name} before any of it could leave.`;
      return `Cancelled ${name}; ${reached} had it by then.`;
    case "sending":
      if (held !== null) return `${name} has reached ${reached}; the rest waits, since all mails are held: ${held}`;
      if (work.dueAt === null || work.dueAt <= Date.now()) return `${name} has reached ${reached}; the rest waits.`;
      return `${name} has reached ${reached}; the rest waits until ${exactMoment(work.dueAt)}: ${issue.error ?? "the provider takes no more before"}`;
    case "scheduled":
      return `${name} is scheduled for ${exactMoment(issue.scheduledAt)}.`;
    case "draft":
      return `${name} is a draft.`;
  }
}

function nextSteps(status: Status, place: Place): string[] {
  const { issue, sums, held } = status;
  const name = nameOf(issue);
  switch (issue.status) {
    case "paused":
      return issue.stopReason === "editor"
        ? [`Go on with: tidings issue resume ${name}`]
        : [`Mend the cause, then go on with: tidings issue send ${name}`];
    case "sending":
      if (held !== null) return ["Look at what waits, and let it go, with: tidings instance release"];
      return place.server === null
        ? [`Nothing is sending now. Go on then with: tidings issue send ${name}`]
        : [`The server at ${place.server} goes on by itself. Look with: tidings issue status ${name}`];
    case "scheduled":
    case "draft":
      return [];
    case "cancelled":
      return leftOpen(status, place.server);
    case "incomplete":
    case "sent":
      return [...toMend(status), ...(sums.accepted > 0 ? whereToRead(place, name) : [])];
  }
}

/** Commands for what did not go well. */
export function toMend({ issue, sums }: Pick<Status, "issue" | "sums">): string[] {
  // Nobody knows any more whose mails these were.
  if (issue.retiredAt !== null) return [];
  const name = nameOf(issue);
  const steps: string[] = [];
  if (sums.inDoubt > 0) {
    steps.push(
      "What is in doubt is not sent again by itself, since it may have arrived.",
      `Look at it and decide with: tidings issue resolve ${name}`,
    );
  }
  if (sums.failed > 0 && issue.status !== "cancelled") {
    steps.push(`Try the failed ones again with: tidings issue retry --failed ${name}`);
  }
  return steps;
}

function whereToRead({ publicUrl, provider }: Place, name: string): string[] {
  const read = `Read it at ${publicUrl}/n/${name}`;
  return provider === "outbox" ? [read, `The mails are kept at ${publicUrl}/outbox`] : [read];
}
