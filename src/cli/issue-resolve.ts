import { userInfo } from "node:os";
import { AppError } from "../errors.ts";
import type { IssueName } from "../issue/find.ts";
import type { Cli, Command, Given, Outcome } from "./command.ts";
import type { Session } from "./connect.ts";
import { deliver, placeOf, serverOf } from "./deliver.ts";
import { requireName } from "./issue-name.ts";
import { deletedBy, nameOf, readStatus } from "./issue-status.ts";
import { digits } from "./issue-steer.ts";
import { reply } from "./reply.ts";
import { sentOutcome } from "./send-outcome.ts";
import { sheet, table } from "./table.ts";
import { count, counted } from "./words.ts";

type Decision = "sent" | "resend";

/** Decides what nobody but a person can, so it asks. */
export const resolve: Command = {
  summary: "Show what is in doubt of an issue, and decide about it.",
  positionals: [{ name: "NEWSLETTER/SLUG" }],
  flags: {
    "in-doubt": { value: "sent|resend", help: "Count all of it as sent, or send all of it once more" },
    list: { help: "Show whom it concerns" },
    limit: { value: "NUMBER", help: "How many of them, 1 to 500; 20 unless given" },
    after: { value: "ID", help: "Go on after this id, as the page before says" },
    yes: { help: "Do not ask; needs --expect" },
    expect: { value: "NUMBER", help: "Decide only if exactly so many mails are in doubt" },
  },
  more: [
    "In doubt is a mail that may have left without an answer. Look for it at the provider, or ask one of the readers.",
    "With resend, whoever has the first gets a second. With sent, whoever has none gets none.",
    "Without --in-doubt it only shows.",
  ].join("\n"),
  examples: [
    "tidings issue resolve morning/2026-11-23 --list",
    "tidings issue resolve morning/2026-11-23 --in-doubt sent",
    "tidings issue resolve morning/2026-11-23 --in-doubt resend --yes --expect 100",
  ],
  async run(cli, given) {
    const name = requireName(given.words[0] ?? "");
    const as = readDecision(given);
    const expected = readExpected(given, as);
    const session = await cli.connect();
    if (as === null) return show(cli, session, name, given);
    const found = expected === null ? await readDoubt(session, name, { limit: "1" }) : null;
    if (found?.inDoubt === 0) {
      const { issue, inDoubt, reasons } = found;
      return { json: { resolved: 0, issue, inDoubt, reasons }, text: noDoubt(name) };
    }
    // Refused there, with its reason.
    const isRetired = found !== null && found.issue.retiredAt !== null;
    const expect = expected ?? (isRetired ? found.inDoubt : await ask(cli, session, name, as));
    const json = { as, expect, by: userName() };
    const { issue, resolved } = await reply(
      session.api.issues[":newsletter"][":slug"].resolve.$post({ param: name, json }),
    );
    const mails = counted(resolved, "mail");
    cli.note(
      as === "sent" ? `${mails} that were in doubt count as sent now.` : `${mails} that were in doubt leave again.`,
    );
    const outcome =
      as === "resend" && issue.status === "sending"
        ? await deliver(cli, session, name)
        : sentOutcome(await readStatus(session.api, name), {
            ...(await placeOf(session)),
            server: serverOf(cli, session),
          });
    return { ...outcome, json: { resolved, ...outcome.json } };
  },
};

function readDecision(given: Given): Decision | null {
  const as = given.text("in-doubt");
  if (as === undefined || as === "sent" || as === "resend") return as ?? null;
  throw new AppError("invalid", `--in-doubt must be sent or resend, not "${as}".`, { field: "--in-doubt" });
}

function readExpected(given: Given, as: Decision | null): number | null {
  const expect = given.number("expect");
  if (as === null && (given.has("yes") || expect !== undefined)) {
    throw new AppError("invalid", "Say what to decide: --in-doubt sent or --in-doubt resend.", { field: "--in-doubt" });
  }
  if (given.has("yes") === (expect !== undefined)) return expect ?? null;
  throw new AppError("invalid", "--yes and --expect go together.", {
    hint: "Take the number from: tidings issue resolve … --json",
  });
}

async function readDoubt({ api }: Session, name: IssueName, query: { limit: string; after?: string }) {
  return reply(api.issues[":newsletter"][":slug"].doubt.$get({ param: name, query }));
}

async function show(cli: Cli, session: Session, name: IssueName, given: Given): Promise<Outcome> {
  const limit = given.text("limit") ?? "20";
  const after = given.text("after");
  const found = await readDoubt(session, name, { limit, ...(after === undefined ? {} : { after }) });
  const { issue, inDoubt, reasons, readers, next } = found;
  const listed = given.has("list");
  const json = { issue, inDoubt, reasons, ...(listed ? { readers, next } : {}) };
  if (inDoubt === 0) return { json, text: noDoubt(name) };
  // One reason has been told already.
  const heads = ["id", "reader", "why"].slice(0, reasons.length > 1 ? 3 : 2).map((title) => ({ title }));
  const rows = readers.map((one) => [String(one.subscriber), one.address ?? "(erased)", one.reason]);
  const parts = [`${inDoubtOf(inDoubt, name)}\n${reasonSheet(reasons)}`];
  if (listed && rows.length > 0) parts.push(table(heads, rows, cli.terminal.columns));
  const more = listed && next !== null ? [`More: add --after ${next}`] : [];
  return { json, text: parts.join("\n\n"), notes: [...more, ...choices(issue, listed)] };
}

function noDoubt(name: IssueName): string {
  return `No mail of ${nameOf(name)} is in doubt.`;
}

function inDoubtOf(mails: number, name: IssueName): string {
  return `${counted(mails, "mail")} of ${nameOf(name)} ${mails === 1 ? "is" : "are"} in doubt: nobody knows whether ${mails === 1 ? "it has" : "they have"} left.`;
}

function reasonSheet(reasons: readonly { reason: string; n: number }[]): string {
  return sheet(reasons.map(({ reason, n }) => [counted(n, "reader"), reason || "no reason given"]));
}

function choices(
  issue: IssueName & { readonly status: string; readonly retiredAt: number | null },
  listed: boolean,
): string[] {
  const name = nameOf(issue);
  if (issue.retiredAt !== null)
    return [`Nothing can be decided any more: who got it was ${deletedBy(issue.retiredAt)}.`];
  const sent = `If they have left:     tidings issue resolve ${name} --in-doubt sent`;
  const resend = `If they have not left: tidings issue resolve ${name} --in-doubt resend`;
  return [
    ...(listed ? [] : [`See whom it concerns with: tidings issue resolve ${name} --list`]),
    // Of a cancelled issue nothing is sent again.
    ...(issue.status === "cancelled" ? [sent] : [sent, resend]),
  ];
}

/** Shows what is in doubt and has the number typed. Throws `invalid` for another number, or where nobody can be asked. */
async function ask(cli: Cli, session: Session, name: IssueName, as: Decision): Promise<number> {
  if (!cli.terminal.canAsk) {
    throw new AppError("invalid", "Deciding asks for confirmation, and there is no terminal to ask on.", {
      hint: `Look with: tidings issue resolve ${nameOf(name)}, then pass --yes --expect NUMBER.`,
    });
  }
  const { inDoubt, reasons } = await readDoubt(session, name, { limit: "1" });
  // Refused there, with its reason.
  if (inDoubt === 0) return 1;
  cli.terminal.err(`${inDoubtOf(inDoubt, name)}\n${reasonSheet(reasons)}\n`);
  cli.terminal.err(
    as === "sent"
      ? "They will count as accepted. Whoever has not got it gets nothing more of it."
      : "They will be sent once more. Whoever has got it gets it twice.",
  );
  const verb = as === "sent" ? "count them as sent" : "send them again";
  const typed = await cli.terminal.ask(`\nType the number of mails (${count(inDoubt)}) to ${verb}: `);
  if (digits(typed) === String(inDoubt)) return inDoubt;
  throw new AppError("invalid", "That is not the number: nothing was done.");
}

/** Who is at this machine, kept with the decision; "" where the system does not say. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // No entry for this user id, as in many containers: the decision is kept without a name.
    return "";
  }
}
