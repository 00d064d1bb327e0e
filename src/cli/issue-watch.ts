import { AppError } from "../errors.ts";
import type { IssueName } from "../issue/find.ts";
import type { Cli, Outcome } from "./command.ts";
import type { Session } from "./connect.ts";
import { placeOf, serverOf } from "./deliver.ts";
import { follow } from "./follow.ts";
import { readZone } from "./issue-hold.ts";
import { exactMoment, isIdle, nameOf, type Status } from "./issue-status.ts";
import { beginner, sentOutcome, unwatched } from "./send-outcome.ts";
import { lengthOf, tellMoment, tellWhen } from "./when.ts";

/** So long without a change and without a batch in anybody's hands, and nobody is sending. */
const patience = 2_000;

/** Watches an issue from outside until it has ended; Ctrl-C stops nothing but the watching. Throws Interrupted then. */
export async function watch(cli: Cli, session: Session, name: IssueName): Promise<Outcome> {
  const stopping = new AbortController();
  const ignore = cli.terminal.onStop(() => stopping.abort());
  const isAlone = () => session.local !== null && serverOf(cli, session) === null;
  try {
    const status = await follow(cli, session, name, {
      payer: null,
      stop: stopping.signal,
      isOver: (now, still) => !isGoing(now) || (still > patience && isIdle(now) && isAlone()),
    });
    const server = serverOf(cli, session);
    if (stopping.signal.aborted && isGoing(status)) throw unwatched(status, server);
    if (isGoing(status))
      return idleOutcome(status, status.issue.status === "scheduled" ? await readZone(session) : "UTC");
    return sentOutcome(status, { ...(await placeOf(session)), server });
  } finally {
    ignore();
  }
}

/** Something is still to happen by itself. */
function isGoing({ issue, sums }: Status): boolean {
  if (issue.status === "cancelled") return sums.open > 0;
  return issue.status === "sending" || issue.status === "scheduled";
}

function idleOutcome(status: Status, zone: string): Outcome {
  const { issue, work, held } = status;
  const name = nameOf(issue);
  const outcome = sentOutcome(status, { publicUrl: "", provider: "outbox", server: null });
  const [, ...figures] = outcome.text.split("\n");
  if (issue.status === "scheduled") {
    const at = issue.scheduledAt ?? 0;
    const now = Date.now();
    const isPast = at <= now;
    return {
      ...outcome,
      text: isPast
        ? `${name} was to begin ${tellMoment(at, zone)}, ${lengthOf(now - at)} ago.`
        : `${name} is to begin ${tellWhen(at, now, zone)}, but no server runs on this database.`,
      notes: isPast ? beginner(status, null) : ["Start one before then with: tidings serve"],
    };
  }
  if (held !== null) return outcome;
  const waits =
    work.dueAt !== null && work.dueAt > Date.now()
      ? ` It can go on at ${exactMoment(work.dueAt)}${issue.error === null ? "." : `: ${issue.error}`}`
      : "";
  return {
    ...outcome,
    text: [
      `Nobody is sending ${name}: no server runs on this database, and no process holds a mail of it.${waits}`,
      ...figures,
    ].join("\n"),
    notes: [
      issue.status === "cancelled"
        ? `Put an end to what is left of it with: tidings issue cancel ${name}`
        : waits === ""
          ? `Go on with: tidings issue send ${name}`
          : `Go on then with: tidings issue send ${name}`,
    ],
  };
}

/** The one issue that something is still to happen to. Throws `invalid` where there is none, or more than one. */
export function onlyGoing(issues: readonly (IssueName & { readonly status: string })[]): IssueName {
  const going = issues.filter(({ status }) => status === "sending" || status === "scheduled");
  const [only] = going;
  if (only !== undefined && going.length === 1) return only;
  const message = only === undefined ? "No issue is being sent." : "More than one issue is being sent.";
  throw new AppError("invalid", message, {
    hint:
      only === undefined
        ? "See: tidings issue status"
        : `Name one: ${going.map((one) => `tidings issue status ${nameOf(one)} --watch`).join(", ")}`,
  });
}
