import { AppError } from "../errors.ts";
import type { Command, Given } from "./command.ts";
import { pathPart, reply } from "./reply.ts";
import { table } from "./table.ts";
import { count, counted } from "./words.ts";

const day = 24 * 3_600_000;

/** The reasons that the page offers, as an editor reads them. */
const words: Readonly<Record<string, string>> = {
  "too-many": "too many mails",
  "not-for-me": "not what they were looking for",
  "no-time": "no time to read it",
  "never-asked": "never asked for it",
  other: "something else",
};

/** What readers have said as they left. */
export const reasons: Command = {
  summary: "Tell why readers have left a newsletter.",
  positionals: [{ name: "SLUG" }],
  flags: {
    days: { value: "NUMBER", help: "Only of so many days; 90 unless given" },
    limit: { value: "NUMBER", help: "At most so many notes; 50 unless given" },
  },
  more: "Readers may say so after leaving, and need not. What they say is kept by the day, without their name or address.",
  examples: ["tidings newsletter reasons morning", "tidings newsletter reasons morning --days 30 --json"],
  async run(cli, given) {
    const { api } = await cli.connect();
    const days = daysOf(given);
    const most = given.number("limit");
    const query = {
      since: String(Math.max(0, Date.now() - days * day)),
      ...(most === undefined ? {} : { limit: String(most) }),
    };
    const param = { slug: pathPart(given.words[0] ?? "") };
    const said = await reply(api.newsletters[":slug"].reasons.$get({ param, query }));
    if (said.total === 0) return { json: said, text: `Nobody has said why in the last ${counted(days, "day")}.` };
    const columns = cli.terminal.columns;
    const sums = said.reasons.map(({ reason, n }) => [count(n), words[reason] ?? reason]);
    const notes = said.notes.map(({ at, note }) => [new Date(at).toISOString().slice(0, 10), note]);
    const parts = [table([{ title: "readers", align: "right" }, { title: "reason" }], sums, columns)];
    if (notes.length > 0) parts.push(table([{ title: "day" }, { title: "in their own words" }], notes, Infinity));
    return { json: said, text: parts.join("\n\n") };
  },
};

function daysOf(given: Given): number {
  const days = given.number("days") ?? 90;
  if (days >= 1) return days;
  throw new AppError("invalid", "--days must be 1 or more.", { field: "--days" });
}
