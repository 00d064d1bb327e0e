import type { Outcome } from "./command.ts";
import { type Status, sumLines } from "./issue-status.ts";
import { sheet } from "./table.ts";
import { Interrupted } from "./terminal.ts";
import { count, counted, moment } from "./words.ts";

/** Where a send happened. */
interface Place {
  readonly publicUrl: string;
  readonly provider: "outbox" | "resend" | "smtp";
  /** The server that goes on with what is open; null when there is none. */
  readonly server: string | null;
}

/** Ctrl-C while mails were leaving: says truly who goes on with the rest. */
export function detached({ issue, sums }: Status, server: string | null): Interrupted {
  const name = `${issue.newsletter}/${issue.slug}`;
  const far =
    issue.plannedAt === null
      ? `${sums.accepted === 0 ? "No mail" : counted(sums.accepted, "mail")} accepted so far`
      : `${count(sums.accepted)} of ${counted(sums.planned, "mail")} accepted, ${count(sums.open)} still to go`;
  const rest =
    server === null
      ? `nothing is sending now. Go on with: tidings issue send ${name}`
      : `the server at ${server} goes on sending. Look with: tidings issue status ${name}`;
  return new Interrupted(`${far}; ${rest}`);
}

/** How a send ended: exit code 4 unless every mail was accepted or rightly skipped. */
export function sentOutcome(status: Status, place: Place): Outcome {
  const { issue, sums, reasons, work } = status;
  const name = `${issue.newsletter}/${issue.slug}`;
  const lines = [...sumLines(sums)];
  for (const { state, reason, n } of reasons) {
    lines.push([state === "in_doubt" ? "in doubt" : state, `${counted(n, "reader")}: ${reason || "no reason given"}`]);
  }
  const isPartly = sums.failed + sums.inDoubt + sums.open > 0 || issue.status === "paused";
  return {
    json: { issue, sums, reasons, work },
    text: `${headline(status)}\n${sheet(lines)}`,
    notes: nextSteps(status, place, name),
    exit: isPartly ? 4 : 0,
  };
}

function headline({ issue, sums, work }: Status): string {
  const name = `${issue.newsletter}/${issue.slug}`;
  const reached = `${count(sums.accepted)} of ${counted(sums.planned, "reader")}`;
  switch (issue.status) {
    case "sent":
      return `Sent ${name} to ${reached}.`;
    case "incomplete":
      return `Sent ${name} to ${reached}; nobody knows whether ${count(sums.inDoubt)} more have left.`;
    case "paused":
      return `Stopped ${name} after ${reached}: ${issue.error ?? issue.stopReason ?? "no reason given"}`;
    case "sending":
      return `${name} has reached ${reached}; the rest waits until ${moment(work.dueAt)}: ${issue.error ?? "the provider takes no more before"}`;
    case "draft":
      return `${name} is a draft.`;
  }
}

function nextSteps({ issue, sums }: Status, place: Place, name: string): string[] {
  switch (issue.status) {
    case "paused":
      return [`Mend the cause, then go on with: tidings issue send ${name}`];
    case "sending":
      return place.server === null
        ? [`Nothing is sending now. Go on then with: tidings issue send ${name}`]
        : [`The server at ${place.server} goes on by itself. Look with: tidings issue status ${name}`];
    case "incomplete":
      return ["What is in doubt is not sent again by itself, since it may have arrived."];
    case "sent":
    case "draft": {
      const read = `Read it at ${place.publicUrl}/n/${name}`;
      return place.provider === "outbox" && sums.accepted > 0
        ? [read, `The mails are kept at ${place.publicUrl}/outbox`]
        : [read];
    }
  }
}
