import { AppError } from "../errors.ts";
import type { IssueName } from "../issue/find.ts";
import type { Cli, Command, Outcome } from "./command.ts";
import type { Api } from "./connect.ts";
import { deliver, serverOf } from "./deliver.ts";
import { requireName } from "./issue-name.ts";
import { leftOpen, nameOf, readStatus, reasonLines, type Status, statusSheet, sumLines } from "./issue-status.ts";
import { reply } from "./reply.ts";
import { headline, toMend } from "./send-outcome.ts";
import { sheet } from "./table.ts";
import { Interrupted } from "./terminal.ts";
import { clockTime, count, counted } from "./words.ts";

const positionals = [{ name: "NEWSLETTER/SLUG" }] as const;

/** Stops a send, wherever it is paid. */
export const pause: Command = {
  summary: "Stop an issue that is being sent; it goes on when you say so.",
  positionals,
  more: "What is in flight finishes first. Pausing what is paused already changes nothing.",
  examples: ["tidings issue pause morning/2026-11-23"],
  async run(cli, given) {
    const name = requireName(given.words[0] ?? "");
    const session = await cli.connect();
    const { api } = session;
    const { paused, held } = await reply(api.issues[":newsletter"][":slug"].pause.$post({ param: name }));
    const status = await readStatus(api, name);
    const first = paused ? `Paused ${nameOf(name)}.` : `${nameOf(name)} was paused already.`;
    return {
      json: { paused, ...status },
      text: `${first}\n${sheet(sumLines(status.sums))}`,
      notes: [...inFlight(held, status, serverOf(cli, session)), `Go on with: tidings issue resume ${nameOf(name)}`],
    };
  },
};

/** Goes on with what was stopped. */
export const resume: Command = {
  summary: "Go on with an issue that was paused, by whomever or whatever.",
  positionals,
  more: "It sends as tidings issue send does, and ends as that does: exit code 4 where some mails failed, are in doubt, or wait.",
  examples: ["tidings issue resume morning/2026-11-23"],
  async run(cli, given) {
    const name = requireName(given.words[0] ?? "");
    const session = await cli.connect();
    const { resumed } = await reply(session.api.issues[":newsletter"][":slug"].resume.$post({ param: name }));
    cli.note(`Going on with ${nameOf(name)}, which was ${resumed ? "paused" : "sending"}.`);
    return deliver(cli, session, name);
  },
};

/** Ends a send for good, so it asks. */
export const cancel: Command = {
  summary: "End an issue for good: what has not left never will.",
  positionals,
  flags: { yes: { help: "Do not ask; needed without a terminal" } },
  more: [
    "Mails that have left cannot be called back. A cancelled issue is not sent again; its text needs a new slug.",
    "On a terminal it pauses the issue and asks you to type the number of mails that are still open.",
  ].join("\n"),
  examples: ["tidings issue cancel morning/2026-11-23", "tidings issue cancel morning/2026-11-23 --yes"],
  async run(cli, given) {
    const name = requireName(given.words[0] ?? "");
    const session = await cli.connect();
    const { api } = session;
    if (!given.has("yes")) await confirmCancel(cli, api, name);
    const { cancelled } = await reply(api.issues[":newsletter"][":slug"].cancel.$post({ param: name }));
    const status = await readStatus(api, name);
    const first = cancelled ? headline(status) : `${nameOf(name)} was cancelled already.`;
    return {
      json: { cancelled, ...status },
      text: `${first}\n${sheet([...sumLines(status.sums), ...reasonLines(status)])}`,
      notes: [...unwritten(status), ...leftOpen(status, serverOf(cli, session)), ...toMend(status)],
    };
  },
};

function inFlight(held: number, { work }: Status, server: string | null): string[] {
  if (held === 0) return [];
  const flying = `${counted(held, "batch is", "batches are")} in flight and will finish`;
  if (server !== null || work.heldUntil === null) return [`${flying}: within a minute, if all is well.`];
  return [`${flying}, unless the process that sends has ended: then the lease ends at ${clockTime(work.heldUntil)}.`];
}

function unwritten({ issue }: Status): string[] {
  if (issue.startedAt === null || issue.plannedAt !== null) return [];
  return ["Not all readers had been written down; the others are in no sum, and got nothing."];
}

/** Asks for the number of open mails, with the issue standing still. Throws `invalid` for anything else typed. */
async function confirmCancel(cli: Cli, api: Api, name: IssueName): Promise<void> {
  const before = (await readStatus(api, name)).issue.status;
  // Nothing to ask: it is refused with its reason, or done already.
  if (before === "draft" || before === "sent" || before === "cancelled") return;
  if (!cli.terminal.canAsk) {
    throw new AppError("invalid", "Cancelling asks for confirmation, and there is no terminal to ask on.", {
      hint: `Look with: tidings issue status ${nameOf(name)}, then pass --yes.`,
    });
  }
  if (before === "sending") {
    await reply(api.issues[":newsletter"][":slug"].pause.$post({ param: name }));
    cli.note("Paused, so that nothing more leaves while you decide.\n");
  }
  const status = await readStatus(api, name);
  const { sums, issue } = status;
  const stays = issue.status === "paused" ? ` It stays paused; go on with: tidings issue resume ${nameOf(name)}` : "";
  cli.terminal.err(statusSheet(status));
  const wanted = sums.open > 0 ? String(sums.open) : nameOf(name);
  const asked = sums.open > 0 ? `the number of open mails (${count(sums.open)})` : `its name (${nameOf(name)})`;
  let typed: string;
  try {
    typed = await cli.terminal.ask(`\nType ${asked} to cancel for good: `);
  } catch (fault) {
    throw fault instanceof Interrupted ? new Interrupted(`Nothing was cancelled.${stays}`) : fault;
  }
  if (digits(typed) === wanted || typed === wanted) return;
  throw new AppError("invalid", `That is not it: nothing was cancelled.${stays}`);
}

/** A number as people type it, with or without marks between its thousands. */
export function digits(typed: string): string {
  return typed.replace(/[\s.,'’_]/g, "");
}

/** Tries again what surely has not arrived. */
export const retry: Command = {
  summary: "Send the mails of an issue again that have failed.",
  positionals,
  flags: { failed: { help: "Those that failed; must be given, since there is nothing else to try again" } },
  more: [
    "A failed mail has surely not arrived, so nobody gets it twice. Readers who left meanwhile are skipped.",
    "It goes on as tidings issue send does, also with an issue that was paused.",
    "What is in doubt is for tidings issue resolve.",
  ].join("\n"),
  examples: ["tidings issue retry --failed morning/2026-11-23"],
  async run(cli, given) {
    const name = requireName(given.words[0] ?? "");
    if (!given.has("failed")) {
      throw new AppError("invalid", "Say what to try again: --failed.", {
        field: "--failed",
        hint: `What is in doubt is decided with: tidings issue resolve ${nameOf(name)}`,
      });
    }
    const session = await cli.connect();
    const { retried } = await reply(session.api.issues[":newsletter"][":slug"].retry.$post({ param: name }));
    if (retried === 0) return nothingFailed(await readStatus(session.api, name));
    cli.note(`Sending ${counted(retried, "failed mail")} of ${nameOf(name)} again.`);
    const outcome = await deliver(cli, session, name);
    return { ...outcome, json: { retried, ...outcome.json } };
  },
};

function nothingFailed(status: Status): Outcome {
  return {
    json: { retried: 0, ...status },
    text: `No mail of ${nameOf(status.issue)} has failed: there is nothing to try again.`,
    notes: toMend(status),
  };
}
