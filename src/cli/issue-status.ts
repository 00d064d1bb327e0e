import type { Counters } from "../delivery/feedback.ts";
import type { OpenWork, Sums } from "../delivery/find.ts";
import type { IssueSummary } from "../issue/find.ts";
import type { Api } from "./connect.ts";
import { reply } from "./reply.ts";
import { sheet } from "./table.ts";
import { count, counted, moment } from "./words.ts";

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

/** A status for people: where the issue is, sums that add up, and why anything did not leave. */
export function statusSheet(status: Status): string {
  const { issue, sums, held, work } = status;
  const lines: [string, string][] = [
    ["issue", nameOf(issue)],
    ["subject", issue.subject],
    ["status", issue.status],
  ];
  if (issue.scheduledAt !== null) lines.push(["scheduled for", moment(issue.scheduledAt)]);
  if (issue.startedAt !== null) {
    lines.push(["audience as of", moment(issue.audienceAt)], ["started", moment(issue.startedAt)]);
    lines.push(["finished", moment(issue.finishedAt)], ...sumLines(sums), ...reportLines(status.reports));
  }
  if (work.held > 0) lines.push(["in flight", counted(work.held, "batch", "batches")]);
  const why = whyStopped(issue);
  if (why !== null) lines.push([issue.status === "sending" ? "waits because" : "stopped because", why]);
  if (held !== null) lines.push(["all mails are held", held]);
  lines.push(...reasonLines(status));
  return sheet(lines);
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
