import type { Command } from "./command.ts";
import { noteFaults, showingFaults } from "./faults.ts";
import { readText } from "./input-file.ts";
import { nameOf } from "./issue-status.ts";
import { oneLine } from "./printable.ts";
import { reply } from "./reply.ts";
import { moment } from "./words.ts";

/** Mends what everybody can read of an issue that has gone out. */
export const correct: Command = {
  summary: "Correct the web copy of an issue that has gone out; the mails stay as they were.",
  positionals: [{ name: "FILE" }],
  flags: { note: { value: "TEXT", help: "What was corrected, for readers; takes the place of an earlier note" } },
  more: [
    "The page and the feeds show when it was corrected, and the note. Slug and date must stay; the headline may change.",
    "It mails nobody. Without --note, readers are told only that it was corrected.",
  ].join("\n"),
  examples: [
    'tidings issue correct issues/2026-11-23-morning.md --note "An earlier version gave the wrong year."',
    "tidings issue correct issues/2026-11-23-morning.md --json",
  ],
  async run(cli, given) {
    const [file = ""] = given.words;
    const source = readText(file);
    const { api } = await cli.connect();
    const asked = { source, note: given.text("note") ?? "" };
    const done = await showingFaults(cli, file, reply(api.issues.correct.$post({ json: asked })));
    noteFaults(cli, file, done.faults);
    const name = nameOf(done.issue);
    const { correctedAt } = done.issue;
    const since = correctedAt === null ? "already" : `since ${moment(correctedAt)}`;
    const text = done.corrected
      ? `Corrected the web copy of ${name}.`
      : `The web copy of ${name} reads like that ${since}: nothing was changed.`;
    const isLost = done.replaced !== "" && done.replaced !== done.note;
    const lost = isLost ? [`Readers no longer see the earlier note: ${oneLine(done.replaced)}`] : [];
    return { json: { ...done, file }, text, notes: [...lost, `Read it at ${done.url}`] };
  },
};
