import { AppError } from "../errors.ts";
import { isOlderState, remedyForHold } from "../instance/hold.ts";
import { isMoving } from "../instance/move.ts";
import type { Held, HeldIssue } from "../issue/release.ts";
import type { Command, Given } from "./command.ts";
import { readZone } from "./issue-hold.ts";
import { nameOf } from "./issue-status.ts";
import { width } from "./printable.ts";
import { reply } from "./reply.ts";
import { sheet, table } from "./table.ts";
import { tellMoment } from "./when.ts";
import { count, counted, moment } from "./words.ts";

/** Ends a hold, so it shows first what would leave. */
export const release: Command = {
  summary: "Let mails leave again that are held: after a restore, a move, a clock that went back, or your word.",
  flags: {
    yes: { help: "Do not ask; needed without a terminal" },
    "drop-notices": { help: "Give up notices that are older than the hold; so after a restore alone" },
    "keep-notices": { help: "Send those too, though some may have left before" },
  },
  more: [
    "It shows why mails are held and what waits: confirmations and other notices, and issues with what becomes of each.",
    "After a restored database, issues that were being sent or are overdue are paused: each wants a word of its own.",
  ].join("\n"),
  examples: ["tidings instance release", "tidings instance release --yes --keep-notices"],
  async run(cli, given) {
    const session = await cli.connect();
    const { api } = session;
    const waiting: Held = await reply(api.instance.held.$get());
    const { held } = waiting;
    if (held === null) {
      return { json: { released: false, dropped: 0, paused: [] }, text: "Mails are not held: nothing was changed." };
    }
    if (isMoving(held)) {
      throw new AppError("preflight", `No mail may leave from here: ${held.reason}`, { hint: remedyForHold(held) });
    }
    const drops = mayDrop(given, isOlderState(held));
    if (!given.has("yes")) {
      const { canAsk, columns } = cli.terminal;
      // With --json standard error holds the refusal alone.
      if (canAsk || !cli.json) {
        cli.terminal.err(waitingSheet(waiting, { drops, zone: await readZone(session), columns }));
      }
      if (!canAsk) {
        throw new AppError("invalid", "Releasing asks for confirmation, and there is no terminal to ask on.", {
          hint: "If what waits may leave so, pass --yes.",
        });
      }
      const typed = await cli.terminal.ask("\nType yes to let mails leave again: ");
      if (typed.toLowerCase() !== "yes") {
        throw new AppError("invalid", "That is no yes: mails stay held.", { hint: "See: tidings instance show" });
      }
    }
    const done = await reply(api.instance.release.$post({ json: { at: held.at, dropNotices: drops } }));
    const dropped = done.dropped === 0 ? "" : ` ${counted(done.dropped, "notice was", "notices were")} given up.`;
    const wanting = done.paused.map((name) => `  tidings issue send ${name}   or   tidings issue cancel ${name}`);
    return {
      json: done,
      text: `Mails may leave again.${dropped}`,
      notes: wanting.length === 0 ? [] : ["Paused, each until a word of its own:", ...wanting],
    };
  },
};

function mayDrop(given: Given, usual: boolean): boolean {
  const [drop, keep] = [given.has("drop-notices"), given.has("keep-notices")];
  if (drop && keep) {
    throw new AppError("invalid", "--drop-notices and --keep-notices exclude each other.", { field: "--keep-notices" });
  }
  return drop || (usual && !keep);
}

function waitingSheet({ held, notices, issues }: Held, how: { drops: boolean; zone: string; columns: number }): string {
  const sent = held?.kind === "moved" ? "sent" : "sent, though some may have left before";
  const older = how.drops ? "given up, since they may have left before" : sent;
  const lines: [string, string][] = [
    ["all mails are held", held?.reason ?? ""],
    ["since", moment(held?.at ?? null)],
    ["older notices", notices.old === 0 ? "none" : `${count(notices.old)}: ${older}`],
    ["newer notices", notices.fresh === 0 ? "none" : `${count(notices.fresh)}: sent`],
  ];
  if (issues.length === 0) lines.push(["issues", "none"]);
  return issues.length === 0 ? sheet(lines) : `${sheet(lines)}\n\n${issueTable(issues, how)}`;
}

/** What becomes of an issue is what the yes is about: where the last column has no room for it, it goes below its row. */
function issueTable(issues: readonly HeldIssue[], { zone, columns }: { zone: string; columns: number }): string {
  const heads = ["issue", "status", "accepted", "open"].map((title) => ({ title }));
  const rows = issues.map((one) => [nameOf(one), one.status, count(one.accepted), count(one.open)]);
  const fates = issues.map((one) => fateOf(one, zone));
  const wide = table(
    [...heads, { title: "then" }],
    rows.map((row, at) => [...row, fates[at] ?? ""]),
    Number.POSITIVE_INFINITY,
  );
  if (wide.split("\n").every((line) => width(line) <= columns)) return wide;
  const [head, ...lines] = table(heads, rows, Number.POSITIVE_INFINITY).split("\n");
  return [head, ...lines.flatMap((line, at) => [line, `  ${fates[at]}`])].join("\n");
}

function fateOf({ fate, status, scheduledAt }: HeldIssue, zone: string): string {
  switch (fate) {
    case "goes-on":
      return "goes on at once";
    case "begins-now":
      return "begins at once";
    case "begins-then":
      return `begins ${tellMoment(scheduledAt ?? 0, zone)}`;
    case "pauses":
      return status === "sending"
        ? "is paused: what is open may have left meanwhile"
        : "is paused: it is overdue, and may have been sent meanwhile";
    default:
      return fate satisfies never;
  }
}
