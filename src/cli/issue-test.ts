import { join } from "node:path";
import { type NoticeStatus, nextDue } from "../delivery/find.ts";
import { AppError } from "../errors.ts";
import type { Cli, Command, Outcome } from "./command.ts";
import type { Session } from "./connect.ts";
import { serverOf } from "./deliver.ts";
import { noteFaults, showingFaults } from "./faults.ts";
import { pause } from "./follow.ts";
import { readText } from "./input-file.ts";
import { reply } from "./reply.ts";
import { Interrupted } from "./terminal.ts";
import { clockTime } from "./words.ts";

const mostAddresses = 10;
const look = 150;
/** A failure is waited out for so long, in case the next try does better. */
const retries = 4_000;
/** Without any answer nothing is waited for longer; a slow server is mentioned before. */
const silence = { mention: 3_000, most: 15_000 } as const;

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

interface Owed {
  readonly to: string;
  readonly notice: number;
}

/** Pays here unless a server does, until each mail has left, failed, or cannot leave for now; tells the reason at once. */
async function waitFor(cli: Cli, session: Session, owed: readonly Owed[]): Promise<Tried[]> {
  const { local } = session;
  const stopping = new AbortController();
  const ignore = cli.terminal.onStop(() => stopping.abort());
  const pays = local === null || local.findServer() !== null ? null : (await import("./pay.ts")).startPaying;
  const payer = local === null || pays === null ? null : pays(local.ctx, 1, stopping.signal);
  const mayEnd = teller(cli);
  try {
    for (;;) {
      const tried = await lookAt(session, owed);
      if (payer?.fault()) throw payer.fault();
      const isBusy = payer?.isBusy() === true;
      const shutUntil = local === null || payer === null || isBusy ? null : await nextDue(local.ctx);
      const isOver = mayEnd(tried, { isBusy, shutUntil });
      if (stopping.signal.aborted) throw interrupted(tried);
      if (isOver) break;
      await pause(look, stopping.signal);
    }
    // What is in flight may still arrive.
    await payer?.stop();
    return await lookAt(session, owed);
  } finally {
    await payer?.stop();
    ignore();
  }
}

async function lookAt(session: Session, owed: readonly Owed[]): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const { to, notice } of owed) {
    const param = { id: String(notice) };
    tried.push({ to, notice: (await reply(session.api.notices[":id"].$get({ param }))).notice });
  }
  return tried;
}

/** Notes why mails wait as soon as that is known, and says at each look whether looking on is of no use. */
function teller(cli: Cli): (tried: readonly Tried[], payer: { isBusy: boolean; shutUntil: number | null }) => boolean {
  const began = Date.now();
  let failed: { at: number; why: string } | null = null;
  let isSilent = false;
  return (tried, { isBusy, shutUntil }) => {
    const now = Date.now();
    const waiting = tried.filter(({ notice }) => notice.state === "waiting");
    if (waiting.length === 0) return true;
    const isShut = shutUntil !== null && shutUntil - now > retries;
    const why = reasonOf(waiting) ?? (isShut ? `nothing may leave before ${clockTime(shutUntil)}.` : null);
    if (why !== null && why !== failed?.why) {
      cli.note(`The test has not left yet: ${why}`);
      failed = { at: failed?.at ?? now, why };
    }
    if (why === null && !isSilent && now - began > silence.mention) {
      isSilent = true;
      cli.note("Waiting for the provider, which has not answered yet.");
    }
    if (failed === null) return now - began > silence.most;
    const isFar = waiting.every(({ notice }) => notice.reason !== null && notice.dueAt - now > retries);
    return ((isFar || isShut) && !isBusy) || now - failed.at > retries;
  };
}

function reasonOf(tried: readonly Tried[]): string | null {
  return tried.find(({ notice }) => notice.state === "waiting" && notice.reason !== null)?.notice.reason ?? null;
}

function interrupted(tried: readonly Tried[]): Interrupted {
  const why = reasonOf(tried) ?? "the provider has not answered yet.";
  return new Interrupted(
    `The test mail has not left: ${why}\nIt is owed, and leaves once the provider takes it and a server runs.`,
  );
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
        return `The test to ${to} has not left yet: ${notice.reason ?? "the provider has not answered."}`;
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
  if (tried.some(({ notice }) => notice.state === "waiting")) cli.note(whoGoesOn(serverOf(cli, session)));
  return { json, text: lines.join("\n"), exit: isDone ? 0 : 4 };
}

function whoGoesOn(server: string | null): string {
  return server === null
    ? "It is owed, and leaves once the provider takes it: a server tries again by itself (tidings serve)."
    : `It is owed, and leaves once the provider takes it: the server at ${server} tries again by itself.`;
}
