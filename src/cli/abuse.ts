import type { AbuseStatus } from "../subscription/abuse.ts";
import type { Command, Noun } from "./command.ts";
import { reply } from "./reply.ts";
import { sheet } from "./table.ts";
import { count, counted, moment } from "./words.ts";

const status: Command = {
  summary: "Show how busy the sign-up forms are, and what the guard makes of it.",
  more: "docs/abuse.md says what each line means and how to change a limit.",
  examples: ["tidings abuse status", "tidings abuse status --json"],
  async run(cli) {
    const { api } = await cli.connect();
    const seen = await reply(api.abuse.$get());
    return { json: { ...seen }, text: sheet(lines(seen)), notes: notes(seen) };
  },
};

function lines(seen: AbuseStatus): [string, string][] {
  const { lately, usual, threshold, lane, lastDay } = seen;
  return [
    ["level", seen.level === "attack" ? "under attack" : "calm"],
    [
      "last ten minutes",
      `${counted(lately, "sign-up")}; usual ${count(Math.round(usual))}, attack from ${count(Math.ceil(threshold))}`,
    ],
    ["proof of work", proofWords(seen)],
    ["last hour", limited(seen.total)],
    ...seen.newsletters.map((one): [string, string] => [`  ${one.name}`, limited(one)]),
    ...seen.networks.map((one): [string, string] => [`  network ${one.name}…`, limited(one)]),
    [
      "slow lane",
      lane.waiting === 0 ? "empty" : `${counted(lane.waiting, "mail")}, the last at ${moment(lane.endsAt)}`,
    ],
    ["last 24 hours, slowed", count(lastDay.slow)],
    ["  not mailed, lane full", count(lastDay.flood)],
    ["  not mailed, trap filled in", count(lastDay.trap)],
    ["  not mailed, network over its limit", count(lastDay.network)],
    ["  not mailed, address asked too often", count(lastDay["cool-down"])],
    ["  not mailed, address suppressed", count(lastDay.suppressed)],
  ];
}

function proofWords({ challenge, required }: AbuseStatus): string {
  if (challenge === "always") return "asked for, always";
  if (challenge === "never") return "never asked for";
  return required ? "asked for now" : "not asked for now";
}

function limited({ n, limit }: AbuseStatus["total"]): string {
  return limit === null ? count(n) : `${count(n)} of ${count(limit)}`;
}

function notes({ level, challenge, total }: AbuseStatus): string[] {
  const told: string[] = [];
  if (level === "attack" && challenge === "never") {
    told.push(
      "More sign-ups come in than usual, and no proof of work is asked for: tidings instance set --challenge auto",
    );
  }
  if (total.limit !== null && total.n >= total.limit) {
    told.push(
      `Mails to further sign-ups leave slowly. If this is wanted: tidings instance set --signup-limit total=${total.n * 2}`,
    );
  }
  return told;
}

/** What the guard of the sign-up forms sees. */
export const abuse: Noun = {
  summary: "Abuse of the sign-up forms: how busy they are, and what is held back.",
  verbs: { status },
};
