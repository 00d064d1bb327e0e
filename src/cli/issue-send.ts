import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import type { IssueName, IssueSummary } from "../issue/find.ts";
import type { Outlook as Computed } from "../issue/outlook.ts";
import type { Cli, Command, Given, Outcome } from "./command.ts";
import type { Session } from "./connect.ts";
import { noteFaults, showingFaults, type ToldFault } from "./faults.ts";
import { follow } from "./follow.ts";
import { readTarget, type Target } from "./issue-name.ts";
import { readStatus } from "./issue-status.ts";
import type { Payer } from "./pay.ts";
import { reply } from "./reply.ts";
import { detached, sentOutcome } from "./send-outcome.ts";
import { sheet } from "./table.ts";
import { count, counted, readMoment } from "./words.ts";

type Outlook = Omit<Computed, "faults"> & { readonly faults: readonly ToldFault[] };

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
  },
  more: [
    "It shows newsletter, sender, subject and the exact number of recipients, and asks you to type that number.",
    "Scripts take number and instant from --dry-run --json and pass them with --yes --expect --as-of.",
    "The same command goes on with a send that was stopped. An issue that was sent is not sent again: exit code 5.",
    "Exit code 4: some mails failed, are in doubt, or still wait.",
  ].join("\n"),
  examples: [
    "tidings issue send issues/2026-11-23-morning.md",
    "tidings issue send morning/2026-11-23 --dry-run",
    "tidings issue send morning/2026-11-23 --yes --expect 12408 --as-of 2026-11-23T05:00:00Z",
  ],
  async run(cli, given) {
    const target = readTarget(given.words[0] ?? "");
    const agreed = readAgreed(given);
    const session = await cli.connect();
    if (given.has("dry-run")) return dryRun(cli, session, target, agreed);
    const issue = await keep(cli, session, target);
    const asked = issue.status === "draft" ? (agreed ?? (await ask(cli, session, issue))) : goOn(cli, issue);
    const { newsletter, slug } = issue;
    // Not a draft: it goes on, or it is refused with when and to how many it went; no count is asked for.
    await reply(session.api.issues[":newsletter"][":slug"].send.$post({ param: { newsletter, slug }, json: asked }));
    return deliver(cli, session, { newsletter, slug });
  },
};

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

async function readOutlook(cli: Cli, { api }: Session, target: Target, asOf: number | undefined): Promise<Outlook> {
  if (target.kind === "kept") {
    const { newsletter, slug } = target;
    const query = asOf === undefined ? {} : { asOf: String(asOf) };
    return reply(api.issues[":newsletter"][":slug"].audience.$get({ param: { newsletter, slug }, query }));
  }
  const { path, source } = target;
  const json = { source, ...(asOf === undefined ? {} : { asOf }) };
  const outlook = await showingFaults(cli, path, reply(api.issues.audience.$post({ json })));
  noteFaults(cli, path, outlook.faults);
  return outlook;
}

/** The issue as it is kept; a file is kept as a draft first, unless it has gone out. */
async function keep(cli: Cli, { api }: Session, target: Target): Promise<Omit<IssueSummary, "source">> {
  if (target.kind === "kept") {
    return (await readStatus(api, { newsletter: target.newsletter, slug: target.slug })).issue;
  }
  const { path, source } = target;
  const saved = await showingFaults(cli, path, reply(api.issues.$put({ json: { source } })));
  if (saved.issue.status === "draft") noteFaults(cli, path, saved.faults);
  return saved.issue;
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
  if (recipients > 0) {
    cli.terminal.err(outlookSheet(outlook));
    const typed = await cli.terminal.ask(`\nType the number of recipients (${count(recipients)}) to send: `);
    if (typed.replace(/[\s.,'’_]/g, "") !== String(recipients)) {
      throw new AppError("invalid", "That is not the number: nothing was sent.", {
        hint: `It is kept as a draft: tidings issue send ${newsletter}/${slug}`,
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

function outlookSheet(outlook: Outlook): string {
  const { newsletter, sender, recipients, asOf, provider } = outlook;
  return sheet([
    ["newsletter", `${newsletter.name} (${newsletter.slug})`],
    ["issue", `${newsletter.slug}/${outlook.slug}`],
    ["from", `${sender.name} <${sender.address}>`],
    ["subject", outlook.subject],
    ["preheader", outlook.preheader],
    ["provider", provider === "outbox" ? "outbox (kept for reading, none leaves)" : provider],
    ["recipients", `${count(recipients)} as of ${new Date(asOf).toISOString()}`],
  ]);
}

function goOn(cli: Cli, { status, newsletter, slug }: Omit<IssueSummary, "source">): Agreed {
  if (status === "sending" || status === "paused")
    cli.note(`Going on with ${newsletter}/${slug}, which was ${status}.`);
  return { expect: 0, asOf: 0 };
}

/** Pays here unless a server elsewhere does, and tells how it went. Throws Interrupted on Ctrl-C. */
async function deliver(cli: Cli, session: Session, name: IssueName): Promise<Outcome> {
  const stopping = new AbortController();
  const ignore = cli.terminal.onStop(() => {
    cli.note("Stopping: what is in flight is finished first. Once more stops at once.");
    stopping.abort();
  });
  const { local } = session;
  const payer = local === null ? null : await payHere(local.ctx, stopping.signal);
  try {
    await follow(cli, session, name, { payer, stop: stopping.signal });
    await payer?.stop();
    const status = await readStatus(session.api, name);
    const server = local === null ? cli.server : local.findServer();
    if (stopping.signal.aborted && status.issue.status === "sending") throw detached(status, server);
    const { publicUrl, provider } = await reply(session.api.instance.$get());
    return sentOutcome(status, { publicUrl, provider, server });
  } finally {
    await payer?.stop();
    ignore();
  }
}

/** Loaded when it is needed, since it brings everything that mails are made with. */
async function payHere(ctx: AppContext, stop: AbortSignal): Promise<Payer> {
  const { startPaying } = await import("./pay.ts");
  return startPaying(ctx, ctx.config.parallel, stop);
}
