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
  readonly work: OpenWork;
}

/** Asks for the status of one issue. */
export function readStatus(api: Api, param: { newsletter: string; slug: string }): Promise<Status> {
  return reply(api.issues[":newsletter"][":slug"].$get({ param }));
}

/** A status for people: where the issue is, sums that add up, and why anything did not leave. */
export function statusSheet({ issue, sums, reasons }: Status): string {
  const lines: [string, string][] = [
    ["issue", `${issue.newsletter}/${issue.slug}`],
    ["subject", issue.subject],
    ["status", issue.status],
  ];
  if (issue.status !== "draft") {
    lines.push(["audience as of", moment(issue.audienceAt)], ["started", moment(issue.startedAt)]);
    lines.push(["finished", moment(issue.finishedAt)], ...sumLines(sums));
  }
  const why = issue.error ?? issue.stopReason;
  if (why !== null) lines.push(["waits because", why]);
  for (const { state, reason, n } of reasons) {
    lines.push([state === "in_doubt" ? "in doubt" : state, `${counted(n, "reader")}: ${reason || "no reason given"}`]);
  }
  return sheet(lines);
}

/** The sums, of which the first is that of the others. */
export function sumLines(sums: Sums): [string, string][] {
  const { planned, accepted, failed, skipped, inDoubt, open } = sums;
  const line = `${count(accepted)} accepted + ${count(failed)} failed + ${count(skipped)} skipped + ${count(inDoubt)} in doubt + ${count(open)} open`;
  return [["recipients", `${count(planned)} = ${line}`]];
}
