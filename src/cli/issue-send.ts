import { AppError } from "../errors.ts";
import type { IssueSummary } from "../issue/find.ts";
import type { Cli, Command, Given, Outcome } from "./command.ts";
import type { Session } from "./connect.ts";
import { deliver } from "./deliver.ts";
import { beginLater, readHold } from "./issue-hold.ts";
import { readTarget, type Target } from "./issue-name.ts";
import { nameOf, readStatus } from "./issue-status.ts";
import { keepIssue, outlookSheet, readOutlook } from "./outlook.ts";
import { reply } from "./reply.ts";
import { count, counted, moment, readMoment } from "./words.ts";

/** The count and the instant that somebody has agreed to. */
interface Agreed {
  readonly expect: number;
  readonly asOf: number;
}

/** Sends mail to readers, so it asks for the number of them. */
export const send: Command = {
  summary: "Send an issue to the readers of its newsletter.",
  positionals: [{ name: "FILE|NEWSLETTER/SLUG" }],
  flags: {
    "dry-run": { help: "Show what would be sent, and stop" },
    yes: { help: "Do not ask; needs --expect and --as-of" },
    expect: { value: "NUMBER", help: "Send only if there are exactly so many recipients" },
    "as-of": { value: "TIME", help: "The instant of that count, such as 2026-11-22T06:30:00Z" },
    hold: { value: "SPAN", help: "Begin only after so long, such as 5m; until then it can be recalled" },
  },
  more: [
    "It shows newsletter, sender, subject and the exact number of recipients, and asks you to type that number.",
    "Scripts take number and instant from --dry-run --json and pass them with --yes --expect --as-of.",
    "An issue that is scheduled is sent now instead. With --hold it begins a little later, up to 24 hours.",
    "The same command goes on with a send that was stopped. An issue that was sent is not sent again: exit code 5.",
    "Exit code 4: some mails failed, are in doubt, or still wait.",
  ].join("\n"),
  examples: [
    "tidings issue send issues/2026-11-23-morning.md",
    "tidings issue send issues/2026-11-23-morning.md --hold 5m",
    "tidings issue send morning/2026-11-23 --dry-run",
    "tidings issue send morning/2026-11-23 --yes --expect 12408 --as-of 2026-11-23T05:00:00Z",
  ],
  async run(cli, given) {
    const target = readTarget(given.words[0] ?? "");
    const agreed = readAgreed(given);
    const hold = readHold(given);
    const session = await cli.connect();
    if (given.has("dry-run")) return dryRun(cli, session, target, agreed);
    const issue = await keepIssue(cli, session, target);
    const { newsletter, slug, status } = issue;
    const isOpen = status === "draft" || status === "scheduled";
    if (hold > 0 && (status === "sending" || status === "paused")) throw tooLate(issue);
    const asked = isOpen ? (agreed ?? (await ask(cli, session, issue))) : goOn(cli, issue);
    const param = { newsletter, slug };
    // Begun already: it goes on, or it is refused with when and to how many it went; no count is asked for.
    await reply(session.api.issues[":newsletter"][":slug"].send.$post({ param, json: { ...asked, hold } }));
    return hold > 0 ? beginLater(cli, session, param) : deliver(cli, session, param);
  },
};

function tooLate(issue: Omit<IssueSummary, "source">): AppError {
  const name = nameOf(issue);
  return new AppError("refused", `${name} is ${issue.status}: it has begun, so --hold comes too late.`, {
    field: "--hold",
    hint: `Stop it with: tidings issue pause ${name}. Without --hold, send goes on with it.`,
  });
}

function readAgreed(given: Given): Agreed | null {
  const expect = given.number("expect");
  const time = given.text("as-of");
  if (!given.has("yes") && expect === undefined && time === undefined) return null;
  if (expect === undefined || time === undefined || !(given.has("yes") || given.has("dry-run"))) {
    throw new AppError("invalid", "--yes, --expect and --as-of go together.", {
      hint: "Take number and time from: tidings issue send … --dry-run",
    });
  }
  const asOf = readMoment(time);
  if (asOf === null) {
    throw new AppError("invalid", `--as-of must be a time with its zone, not "${time}".`, {
      field: "--as-of",
      hint: "It looks like 2026-11-22T06:30:00Z or 2026-11-22T07:30:00+01:00",
    });
  }
  return { expect, asOf };
}

async function dryRun(cli: Cli, session: Session, target: Target, agreed: Agreed | null): Promise<Outcome> {
  const outlook = await readOutlook(cli, session, target, agreed?.asOf);
  if (agreed !== null && agreed.expect !== outlook.recipients) {
    const found = `The issue would go to ${counted(outlook.recipients, "reader")}, not to ${count(agreed.expect)}.`;
    throw new AppError("conflict", found, { field: "expect" });
  }
  const word = target.kind === "file" ? target.path : `${target.newsletter}/${target.slug}`;
  const when = new Date(outlook.asOf).toISOString();
  return {
    json: { ...outlook },
    text: outlookSheet(outlook),
    notes: [
      `Nothing was sent. To send: tidings issue send ${word} --yes --expect ${outlook.recipients} --as-of ${when}`,
    ],
  };
}

/** Shows what would be sent and has the number typed. Throws `invalid` for another number, or where nobody can be asked. */
async function ask(cli: Cli, session: Session, issue: Omit<IssueSummary, "source">): Promise<Agreed> {
  const { newsletter, slug } = issue;
  if (!cli.terminal.canAsk) {
    throw new AppError("invalid", "Sending asks for confirmation, and there is no terminal to ask on.", {
      hint: `Look with: tidings issue send ${newsletter}/${slug} --dry-run, then pass --yes --expect NUMBER --as-of TIME.`,
    });
  }
  const outlook = await readOutlook(cli, session, { kind: "kept", newsletter, slug }, undefined);
  const { recipients, asOf } = outlook;
  const isScheduled = issue.status === "scheduled";
  if (isScheduled) cli.note(`It is scheduled for ${moment(issue.scheduledAt)}; sent now, it does not wait for that.\n`);
  if (recipients > 0) {
    cli.terminal.err(outlookSheet(outlook));
    const typed = await cli.terminal.ask(`\nType the number of recipients (${count(recipients)}) to send: `);
    if (typed.replace(/[\s.,'’_]/g, "") !== String(recipients)) {
      throw new AppError("invalid", "That is not the number: nothing was sent.", {
        hint: `It ${isScheduled ? "stays scheduled" : "is kept as a draft"}: tidings issue send ${newsletter}/${slug}`,
      });
    }
    const now = await readStatus(session.api, { newsletter, slug });
    if (now.issue.updatedAt !== issue.updatedAt) {
      throw new AppError("conflict", "Somebody else changed the draft meanwhile: nothing was sent.", {
        hint: `Look again: tidings issue send ${newsletter}/${slug}`,
      });
    }
  }
  return { expect: recipients, asOf };
}

function goOn(cli: Cli, { status, newsletter, slug }: Omit<IssueSummary, "source">): Agreed {
  if (status === "sending" || status === "paused")
    cli.note(`Going on with ${newsletter}/${slug}, which was ${status}.`);
  return { expect: 0, asOf: 0 };
}
