import { AppError } from "../errors.ts";
import type { IssueName } from "../issue/find.ts";
import type { Verified } from "../issue/verify.ts";
import type { Cli, Command, Outcome } from "./command.ts";
import type { Api, Session } from "./connect.ts";
import { serverOf } from "./deliver.ts";
import { readZone } from "./issue-hold.ts";
import { requireName } from "./issue-name.ts";
import {
  deletedBy,
  exactMoment,
  isIdle,
  laterThanNow,
  leftOpen,
  nameOf,
  readStatus,
  type Status,
  statusSheet,
  sumLines,
} from "./issue-status.ts";
import { onlyGoing, watch } from "./issue-watch.ts";
import { reply } from "./reply.ts";
import { beginner, toMend } from "./send-outcome.ts";
import { sheet } from "./table.ts";
import { count, counted, moment } from "./words.ts";

const open = new Set(["scheduled", "sending", "paused", "incomplete"]);

/** How issues stand. */
export const status: Command = {
  summary: "Show how an issue stands; without a name, all that are not through, or the newest.",
  positionals: [{ name: "NEWSLETTER/SLUG", optional: true }],
  flags: {
    watch: { help: "Show how it goes on until it has ended" },
    verify: { help: "Count every single mail anew, and compare with the sums" },
    reader: { value: "ADDRESS", help: "Show what became of this reader's mail" },
  },
  more: [
    "Ctrl-C ends --watch and stops nothing else; it says whether anything goes on.",
    "--verify ends with exit code 7 if the count differs from the sums; that would be a bug.",
  ].join("\n"),
  examples: [
    "tidings issue status morning/2026-11-23",
    "tidings issue status morning/2026-11-23 --watch",
    "tidings issue status morning/2026-11-23 --reader ada@example.org",
    "tidings issue status --json",
  ],
  async run(cli, given) {
    const wanted = ["watch", "verify", "reader"].filter((flag) => given.has(flag));
    if (wanted.length > 1) throw new AppError("invalid", `--${wanted.join(" and --")} do not go together.`);
    const session = await cli.connect();
    const { api } = session;
    const [word] = given.words;
    const name = word === undefined ? null : requireName(word);
    const address = given.text("reader");
    if (given.has("watch")) return watch(cli, session, name ?? onlyGoing(await readIssues(api)));
    if (given.has("verify")) return verified(api, named(name, "--verify"));
    if (address !== undefined) return ofReader(api, named(name, "--reader"), address);
    if (name !== null) return shown(cli, session, [await readStatus(api, name)], { one: true });
    const issues = await readIssues(api);
    const unfinished = issues.filter((one) => open.has(one.status));
    const statuses: Status[] = [];
    for (const { newsletter, slug } of unfinished.length > 0 ? unfinished : issues.slice(0, 1)) {
      statuses.push(await readStatus(api, { newsletter, slug }));
    }
    return shown(cli, session, statuses, { one: false });
  },
};

async function readIssues(api: Api) {
  return (await reply(api.issues.$get({ query: { limit: "500" } }))).issues;
}

function named(name: IssueName | null, flag: string): IssueName {
  if (name !== null) return name;
  throw new AppError("invalid", `${flag} wants the name of an issue, such as morning/2026-11-23.`, { field: flag });
}

async function shown(cli: Cli, session: Session, statuses: readonly Status[], how: { one: boolean }): Promise<Outcome> {
  const [first] = statuses;
  const zone = statuses.some(({ issue }) => issue.scheduledAt !== null) ? await readZone(session) : "UTC";
  const server = serverOf(cli, session);
  const sheets = statuses.map((status) => statusSheet(status, zone));
  return {
    json: how.one ? { ...first } : { statuses },
    text: statuses.length === 0 ? "No issues." : sheets.join("\n\n"),
    // What holds all issues is told once.
    notes: [...new Set(statuses.flatMap((status) => next(status, server)))],
  };
}

/** What a person may want to do about it. */
function next(status: Status, server: string | null): string[] {
  const { issue, held } = status;
  if (held !== null) return [...toMend(status), "Look at what waits, and let it go, with: tidings instance release"];
  const steps = [...leftOpen(status, server), ...toMend(status)];
  const name = nameOf(issue);
  if (issue.status === "sending" && server === null && isIdle(status)) {
    const until = laterThanNow(status);
    steps.unshift(
      `No server runs on this database, and no process holds a mail of ${name}.`,
      until === null
        ? `Unless somebody else is just about to, go on with: tidings issue send ${name}`
        : `It can go on at ${exactMoment(until)}: by a server that runs then (tidings serve), or with tidings issue send ${name}`,
    );
  }
  if (issue.status === "paused") steps.unshift(`Go on with: tidings issue resume ${name}`);
  if (issue.status === "scheduled") steps.unshift(...beginner(status, server));
  return steps;
}

async function verified(api: Api, name: IssueName): Promise<Outcome> {
  const found: Verified = await reply(api.issues[":newsletter"][":slug"].verify.$get({ param: name }));
  const { ok, summed, counted: rows, homeless, sizes, retiredAt } = found;
  const json = { ...name, ...found };
  if (rows === null) {
    const lines = sheet([...sumLines(summed), ["who got it", deletedBy(retiredAt ?? 0)]]);
    return { json, text: `Nothing of ${nameOf(name)} is left to be counted one by one.\n${lines}` };
  }
  if (ok) {
    const text = `${nameOf(name)} adds up: ${counted(rows.planned, "mail")} counted one by one.\n${sheet(sumLines(rows))}`;
    return { json, text };
  }
  const lines: [string, string][] = [
    ["by the sums", sumLines(summed)[0]?.[1] ?? ""],
    ["one by one", sumLines(rows)[0]?.[1] ?? ""],
  ];
  if (homeless > 0) lines.push(["without a batch", counted(homeless, "mail")]);
  for (const { batch, size, members } of sizes) {
    lines.push([`batch ${batch}`, `${count(size)} by its size, ${count(members)} by its members`]);
  }
  return {
    json,
    text: `${nameOf(name)} does not add up.\n${sheet(lines)}`,
    notes: ["This is a bug in Tidings; nothing was changed. Please keep a backup of the database and report it."],
    exit: 7,
  };
}

async function ofReader(api: Api, name: IssueName, address: string): Promise<Outcome> {
  const route = api.issues[":newsletter"][":slug"].reader;
  const found = await reply(route.$post({ param: name, json: { address } }));
  const { delivery, retiredAt } = found;
  if (retiredAt !== null) {
    const text = `What became of the mail of ${nameOf(name)} to ${found.address} is not known any more: who got it was ${deletedBy(retiredAt)}.`;
    return { json: { ...name, ...found }, text };
  }
  if (delivery === null) {
    const text = `No mail of ${nameOf(name)} was owed to ${found.address}: they were no reader when its audience was fixed, or were suppressed.`;
    return { json: { ...name, ...found }, text };
  }
  const { state, reason, at, mail, feedback } = delivery;
  const lines: [string, string][] = [
    ["reader", found.address],
    ["issue", nameOf(name)],
    ["state", state === "in_doubt" ? "in doubt" : state],
  ];
  if (at !== null) lines.push(["since", moment(at)]);
  if (reason !== null) lines.push(["because", reason]);
  if (mail !== null) lines.push(["provider's id", mail]);
  if (feedback !== null) lines.push(["reported later", feedback]);
  return { json: { ...name, ...found }, text: sheet(lines) };
}
