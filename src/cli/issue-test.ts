import { join } from "node:path";
import type { NoticeStatus } from "../delivery/find.ts";
import { AppError } from "../errors.ts";
import type { Cli, Command, Outcome } from "./command.ts";
import type { Session } from "./connect.ts";
import { noteFaults, showingFaults } from "./faults.ts";
import { pause } from "./follow.ts";
import { readText } from "./input-file.ts";
import { reply } from "./reply.ts";
import { Interrupted } from "./terminal.ts";
import { clockTime } from "./words.ts";

const mostAddresses = 10;
const look = 150;
/** A test mail that must wait for longer is not waited for. */
const longestWait = 60_000;

interface Tried {
  readonly to: string;
  readonly notice: NoticeStatus;
}

/** The real mail, to a few addresses of one's own. */
export const test: Command = {
  summary: "Mail an issue file to yourself, marked as a test.",
  positionals: [{ name: "FILE" }],
  flags: { to: { value: "ADDRESS", many: true, help: "Where the test goes, up to 10 times" } },
  more: "The file is kept as a draft. Its links work, but leaving from a test mail leaves nothing.",
  examples: ["tidings issue test issues/2026-11-23-morning.md --to me@example.org --to desk@example.org"],
  async run(cli, given) {
    const [path = ""] = given.words;
    const to = given.list("to");
    if (to.length === 0 || to.length > mostAddresses) {
      throw new AppError("invalid", `A test goes to 1 to ${mostAddresses} addresses: --to me@example.org`, {
        field: "--to",
      });
    }
    const source = readText(path);
    const session = await cli.connect();
    const owed: { to: string; notice: number }[] = [];
    for (const [at, address] of to.entries()) {
      const call = reply(session.api.issues.test.$post({ json: { source, to: address } }));
      const { notice, faults } = await showingFaults(cli, path, call);
      if (at === 0) noteFaults(cli, path, faults);
      owed.push({ to: address, notice });
    }
    return outcome(cli, session, await waitFor(cli, session, owed));
  },
};

/** Pays here unless a server does, until each mail has left, failed, or must wait for long. */
async function waitFor(cli: Cli, session: Session, owed: readonly { to: string; notice: number }[]): Promise<Tried[]> {
  const { local } = session;
  const stopping = new AbortController();
  const ignore = cli.terminal.onStop(() => stopping.abort());
  const pays = local === null || local.findServer() !== null ? null : (await import("./pay.ts")).startPaying;
  const payer = local === null || pays === null ? null : pays(local.ctx, 1);
  const began = Date.now();
  try {
    for (;;) {
      const tried: Tried[] = [];
      for (const { to, notice } of owed) {
        const param = { id: String(notice) };
        tried.push({ to, notice: (await reply(session.api.notices[":id"].$get({ param }))).notice });
      }
      if (payer?.fault()) throw payer.fault();
      const waiting = tried.filter((one) => one.notice.state === "waiting");
      const far = waiting.every((one) => one.notice.dueAt - Date.now() > longestWait);
      if (far || Date.now() - began > 2 * longestWait) return tried;
      await pause(look, stopping.signal);
      if (stopping.signal.aborted) throw new Interrupted("The test mail is owed and leaves as soon as a server runs.");
    }
  } finally {
    await payer?.stop();
    ignore();
  }
}

async function outcome(cli: Cli, session: Session, tried: readonly Tried[]): Promise<Outcome> {
  const { publicUrl, provider } = await reply(session.api.instance.$get());
  const { local } = session;
  const lines = tried.map(({ to, notice }) => {
    const why = notice.reason ?? "no reason given";
    switch (notice.state) {
      case "accepted":
        return provider === "outbox"
          ? `Kept the test for ${to} in the outbox.`
          : `Sent the test to ${to} by ${provider}.`;
      case "waiting":
        return `The test to ${to} waits until ${clockTime(notice.dueAt)}: ${why}`;
      case "in_doubt":
        return `Nobody knows whether the test to ${to} has left: ${why}`;
      default:
        return `The test to ${to} did not leave: ${why}`;
    }
  });
  const mails = tried.flatMap(({ notice }) => (notice.mail === null ? [] : [notice.mail]));
  const where =
    provider !== "outbox" || mails.length === 0
      ? []
      : local === null || local.findServer() !== null
        ? mails.map((id) => `Read it at ${publicUrl}/outbox/${id}`)
        : mails.map(
            (id) => `Read it in ${join(local.ctx.config.outbox, id)}, or at ${publicUrl}/outbox once the server runs`,
          );
  const json = { tests: tried.map(({ to, notice }) => ({ to, ...notice })), provider, publicUrl };
  const isDone = tried.every(({ notice }) => notice.state === "accepted");
  for (const line of where) cli.note(line);
  return { json, text: lines.join("\n"), exit: isDone ? 0 : 4 };
}
