import { AppError } from "../errors.ts";
import { isTimeZone } from "../instance/edit.ts";
import type { IssueSummary } from "../issue/find.ts";
import type { Cli, Command, Given } from "./command.ts";
import type { Session } from "./connect.ts";
import { serverOf } from "./deliver.ts";
import { readZone, serverless } from "./issue-hold.ts";
import { readTarget, requireName } from "./issue-name.ts";
import { nameOf, readStatus } from "./issue-status.ts";
import { keepIssue, outlookSheet, readOutlook } from "./outlook.ts";
import { reply } from "./reply.ts";
import { sheet } from "./table.ts";
import { readWhen, tellMoment, tellWhen } from "./when.ts";
import { count, counted } from "./words.ts";

type Kept = Omit<IssueSummary, "source">;

/** When an issue is to begin, and in whose clocks that was said. */
interface Time {
  readonly at: number;
  readonly zone: string;
}

/** Sends an issue later, by itself. */
export const schedule: Command = {
  summary: "Schedule an issue to be sent by itself; or move a schedule.",
  positionals: [{ name: "FILE|NEWSLETTER/SLUG" }],
  flags: {
    at: { value: "WHEN", help: 'When it begins, such as "tomorrow 7:30" or "2026-11-24 07:30"' },
    zone: { value: "ZONE", help: "The time zone of that, such as Europe/Kyiv; that of the instance unless given" },
    yes: { help: "Do not ask; needed without a terminal" },
  },
  more: [
    "It shows newsletter, sender, subject and the time with its zone, and asks. The issue goes to those who are readers then.",
    "The text is frozen now; to change it, take the issue back with tidings issue recall and schedule it again.",
    'WHEN is today, tomorrow, a weekday or a date with a time of day, "in 2h", or ISO 8601 with a zone of its own.',
    "A server must run then. Over 6 hours late, the issue is paused instead, and wants a person's word.",
  ].join("\n"),
  examples: [
    'tidings issue schedule issues/2026-11-24-morning.md --at "tomorrow 7:30"',
    'tidings issue schedule morning/2026-11-24 --at "2026-11-24 07:30" --zone Europe/Kyiv --yes',
  ],
  async run(cli, given) {
    const target = readTarget(given.words[0] ?? "");
    const words = given.text("at");
    if (words === undefined) {
      throw new AppError("invalid", "--at is missing: when is the issue to begin?", {
        field: "--at",
        hint: 'Such as --at "tomorrow 7:30"',
      });
    }
    const session = await cli.connect();
    const time = readTime(cli, words, zoneOf(given, await readZone(session)));
    const issue = await keepIssue(cli, session, target);
    await agree(cli, session, { issue, time, asks: !given.has("yes") });
    const { newsletter, slug } = issue;
    const calling = session.api.issues[":newsletter"][":slug"].schedule;
    const done = await reply(calling.$post({ param: { newsletter, slug }, json: { at: time.at } }));
    const name = nameOf(issue);
    return {
      json: { ...done, zone: time.zone },
      text: `${done.moved ? "Moved" : "Scheduled"} ${name}: it begins ${tellWhen(time.at, Date.now(), time.zone)}.`,
      notes: [
        `Until then it can be taken back with: tidings issue recall ${name}`,
        ...serverless(serverOf(cli, session)),
      ],
    };
  },
};

/** Takes an issue back before it has begun. */
export const recall: Command = {
  summary: "Take a scheduled issue back to a draft; also one whose readers are not written down yet.",
  positionals: [{ name: "NEWSLETTER/SLUG" }],
  more: "Once mails may have left it is too late, exit code 5: then there are tidings issue pause and tidings issue cancel.",
  examples: ["tidings issue recall morning/2026-11-24"],
  async run(cli, given) {
    const { newsletter, slug } = requireName(given.words[0] ?? "");
    const { api } = await cli.connect();
    const done = await reply(api.issues[":newsletter"][":slug"].recall.$post({ param: { newsletter, slug } }));
    const name = nameOf(done.issue);
    const text = done.recalled ? `${name} is a draft again: nothing of it was sent.` : `${name} is a draft already.`;
    return { json: done, text };
  },
};

function zoneOf(given: Given, own: string): string {
  const zone = given.text("zone") ?? own;
  if (isTimeZone(zone)) return zone;
  throw new AppError("invalid", `"${zone}" is no time zone that is known here.`, {
    field: given.has("zone") ? "--zone" : "timeZone",
    hint: "It looks like Europe/Kyiv, America/New_York or UTC.",
  });
}

function readTime(cli: Cli, words: string, zone: string): Time {
  const reading = readWhen(words, Date.now(), zone);
  if (reading.outcome === "fault") {
    throw new AppError("invalid", reading.message, { field: "--at", hint: reading.hint });
  }
  if (reading.note !== null) cli.note(reading.note);
  return { at: reading.at, zone };
}

/** Shows what would be scheduled and has it agreed to. Throws `invalid` where it is not, or nobody can be asked. */
async function agree(
  cli: Cli,
  session: Session,
  { issue, time, asks }: { issue: Kept; time: Time; asks: boolean },
): Promise<void> {
  // Whatever has begun is refused by the API, with what can be done instead.
  const isNew = issue.status === "draft";
  const hasBegun = issue.startedAt !== null || (issue.status !== "scheduled" && issue.status !== "paused");
  if (!asks || (!isNew && hasBegun)) return;
  const { newsletter, slug } = issue;
  if (!cli.terminal.canAsk) {
    throw new AppError("invalid", "Scheduling asks for confirmation, and there is no terminal to ask on.", {
      hint: "Pass --yes where the time is surely meant.",
    });
  }
  const begins = ["begins", tellWhen(time.at, Date.now(), time.zone)] as const;
  if (isNew) {
    const outlook = await readOutlook(cli, session, { kind: "kept", newsletter, slug }, undefined);
    const resting = outlook.paused === 0 ? "" : ` and ${count(outlook.paused)} more who take a break`;
    const readers = `${counted(outlook.recipients, "reader")} now${resting}; it goes to those of that time`;
    cli.terminal.err(outlookSheet(outlook, [["recipients", readers], begins]));
  } else {
    const was = issue.scheduledAt === null ? "–" : tellMoment(issue.scheduledAt, time.zone);
    cli.terminal.err(sheet([["issue", nameOf(issue)], ["subject", issue.subject], ["was to begin", was], begins]));
  }
  const typed = await cli.terminal.ask("\nType yes to schedule it so: ");
  if (typed.toLowerCase() !== "yes") {
    const kept = isNew ? "It is kept as a draft" : "It stays as it was";
    throw new AppError("invalid", "That is no yes: nothing was scheduled.", {
      hint: `${kept}: tidings issue status ${nameOf(issue)}`,
    });
  }
  const now = await readStatus(session.api, { newsletter, slug });
  if (now.issue.updatedAt === issue.updatedAt && now.issue.status === issue.status) return;
  throw new AppError("conflict", "Somebody else changed the issue meanwhile: nothing was scheduled.", {
    hint: `Look again: tidings issue status ${nameOf(issue)}`,
  });
}
