import type { Counters } from "../delivery/feedback.ts";
import type { OpenWork, Sums } from "../delivery/find.ts";
import type { IssueSummary } from "../issue/find.ts";
import type { Api } from "./connect.ts";
import { reply } from "./reply.ts";
import { sheet } from "./table.ts";
import { lengthOf, tellMoment, tellWhen } from "./when.ts";
import { clockTime, count, counted, moment } from "./words.ts";

/** How an issue stands, as the API tells it. */
export interface Status {
  readonly issue: Omit<IssueSummary, "source">;
  readonly sums: Sums;
  readonly reasons: readonly { state: string; reason: string; n: number }[];
  readonly reports: Counters;
  /** Why no mail of the installation may leave at all; null: they may. */
  readonly held: string | null;
  readonly work: OpenWork;
}

/** Asks for the status of one issue. */
export function readStatus(api: Api, param: { newsletter: string; slug: string }): Promise<Status> {
  return reply(api.issues[":newsletter"][":slug"].$get({ param }));
}

/** NEWSLETTER/SLUG, as commands take it. */
export function nameOf({ newsletter, slug }: { newsletter: string; slug: string }): string {
  return `${newsletter}/${slug}`;
}

/** A status for people: where the issue is, sums that add up, and why anything did not leave; `zone` names times to come. */
export function statusSheet(status: Status, zone = "UTC"): string {
  const { issue, sums, held, work } = status;
  const lines: [string, string][] = [
    ["issue", nameOf(issue)],
    ["subject", issue.subject],
    ["status", issue.status],
  ];
  if (issue.scheduledAt !== null) lines.push(["scheduled for", tellSchedule(status, zone)]);
  if (issue.startedAt !== null) {
    lines.push(["audience as of", moment(issue.audienceAt)], ["started", moment(issue.startedAt)]);
    lines.push(["finished", moment(issue.finishedAt)], ...sumLines(sums), ...reportLines(status.reports));
  }
  if (work.held > 0) lines.push([isIdle(status) ? "left behind" : "in flight", counted(work.held, "batch", "batches")]);
  const why = whyStopped(issue);
  const until = held === null ? laterThanNow(status) : null;
  if (until !== null) lines.push(["waits until", exactMoment(until)]);
  if (why !== null) lines.push([issue.status === "sending" ? "waits because" : "stopped because", why]);
  if (held !== null) lines.push(["all mails are held", held]);
  lines.push(...reasonLines(status));
  if (issue.correctedAt !== null) lines.push(["web copy corrected", moment(issue.correctedAt)]);
  if (issue.retiredAt !== null) lines.push(["who got it", deletedBy(issue.retiredAt)]);
  return sheet(lines);
}

/** Where the details of an issue have gone. */
export function deletedBy(retiredAt: number): string {
  return `deleted on ${moment(retiredAt)}, as instance set --keep-ledger-days says; its sums stay`;
}

/** When an issue is to begin, and how far off that is: …, in 2 h; …, 3 min ago while it has not begun. */
function tellSchedule({ issue }: Status, zone: string): string {
  const at = issue.scheduledAt ?? 0;
  const now = Date.now();
  if (issue.status !== "scheduled") return tellMoment(at, zone);
  return at > now ? tellWhen(at, now, zone) : `${tellMoment(at, zone)}, ${lengthOf(now - at)} ago`;
}

/** When an issue that is being sent can go on, ms UTC, if it has to say why it waits or its provider does; null: at once, or never. */
export function laterThanNow({ issue, work }: Status): number | null {
  if (issue.status !== "sending" || work.dueAt === null || work.dueAt <= Date.now()) return null;
  // A lease says nothing of when the issue goes on, while its holder may be alive.
  return issue.error === null && work.held > 0 ? null : work.dueAt;
}

/** A moment for people, with its seconds where it has some. */
export function exactMoment(at: number | null): string {
  if (at === null || Math.floor(at / 1_000) % 60 === 0) return moment(at);
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** What is left of a cancelled issue, and who settles it; `server` pays here, null: none does. */
export function leftOpen({ issue, sums, work }: Status, server: string | null): string[] {
  if (issue.status !== "cancelled" || sums.open === 0) return [];
  const batches = counted(work.held, "batch is", "batches are");
  const command = `tidings issue cancel ${nameOf(issue)}`;
  if (work.heldUntil === null || work.heldUntil <= Date.now()) {
    const what = `${counted(sums.open, "mail")} of it ${sums.open === 1 ? "has" : "have"} no end yet:`;
    return server === null
      ? [`${what} nobody holds them any more. Settle that with: ${command} (any server does so too)`]
      : [`${what} the server at ${server} settles that by itself.`];
  }
  const until = clockTime(work.heldUntil);
  if (server !== null) {
    return [
      `${batches} in flight and will finish; if the sending process has ended, the server settles that after ${until}.`,
    ];
  }
  return [
    `${batches} in the hands of a process that finishes with it. No server runs here; if that process has ended, its lease ends at ${until}.`,
    `Settle then what is left with: ${command} (any server does so too)`,
  ];
}

/** The sums, of which the first is that of the others. */
export function sumLines(sums: Sums): [string, string][] {
  const { planned, accepted, failed, skipped, inDoubt, open } = sums;
  const line = `${count(accepted)} accepted + ${count(failed)} failed + ${count(skipped)} skipped + ${count(inDoubt)} in doubt + ${count(open)} open`;
  return [["recipients", `${count(planned)} = ${line}`]];
}

/** Why so many mails ended as they did, one line for each reason. */
export function reasonLines({ reasons }: Pick<Status, "reasons">): [string, string][] {
  return reasons.map(({ state, reason, n }) => [
    state === "in_doubt" ? "in doubt" : state,
    `${counted(n, "reader")}: ${reason || "no reason given"}`,
  ]);
}

/** What the provider reported later, as far as it reported anything. */
function reportLines(reports: Counters): [string, string][] {
  const said = [
    [reports.delivered, "delivered"],
    [reports.delayed, "delayed"],
    [reports.bounced, "bounced"],
    [reports.bouncedSoft, "bounced for now"],
    [reports.complained, "complained"],
    [reports.suppressed, "suppressed by the provider"],
    [reports.failed, "failed after all"],
  ] as const;
  const parts = said.flatMap(([n, word]) => (n === 0 ? [] : [`${count(n)} ${word}`]));
  return parts.length === 0 ? [] : [["reported", parts.join(", ")]];
}

/** Why an issue waits or was stopped, in words; null where it does neither. */
export function whyStopped({ status, error, stopReason }: Status["issue"]): string | null {
  if (error !== null) return error;
  if (status !== "paused") return null;
  return stopReason === "editor" || stopReason === null ? "somebody paused it." : `${stopReason}.`;
}

/** Nobody holds a batch; a lease that is over was left behind by a process that has ended. */
export function isIdle({ work }: Status): boolean {
  return work.heldUntil === null || work.heldUntil <= Date.now();
}
