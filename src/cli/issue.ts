import type { Command, Noun } from "./command.ts";
import { faultLines, paintFault } from "./faults.ts";
import { readText } from "./input-file.ts";
import { correct } from "./issue-correct.ts";
import { resolve } from "./issue-resolve.ts";
import { recall, schedule } from "./issue-schedule.ts";
import { send } from "./issue-send.ts";
import { status } from "./issue-show.ts";
import { cancel, pause, resume, retry } from "./issue-steer.ts";
import { test } from "./issue-test.ts";
import { reply } from "./reply.ts";
import { table } from "./table.ts";
import { counted, moment } from "./words.ts";

const lint: Command = {
  summary: "Check an issue file: every fault with its line, rule and remedy.",
  positionals: [{ name: "FILE" }],
  more: "Exit code 3 when an error would stop it; warnings do not.",
  examples: ["tidings issue lint issues/2026-11-23-morning.md"],
  async run(cli, given) {
    const [file = ""] = given.words;
    const source = readText(file);
    const { api } = await cli.connect();
    const { ok, faults } = await reply(api.issues.lint.$post({ json: { source } }));
    const errors = faults.filter((fault) => fault.level === "error").length;
    const lines = faultLines(file, faults);
    const warnings = faults.length - errors;
    const sum = `${counted(errors, "error")}, ${counted(warnings, "warning")}`;
    return {
      json: { ok, file, faults },
      text: lines.length === 0 ? `${file}: no faults.` : lines.join("\n"),
      decorate: paintFault(cli.terminal, "out"),
      notes: lines.length === 0 ? [] : [sum],
      exit: ok ? 0 : 3,
    };
  },
};

const list: Command = {
  summary: "List issues, newest first.",
  flags: {
    newsletter: { value: "SLUG", help: "Only of this newsletter" },
    before: { value: "ID", help: "Go on before this id, as the page before says" },
    limit: { value: "NUMBER", help: "How many, 1 to 500; 50 unless given" },
  },
  examples: ["tidings issue list", "tidings issue list --newsletter morning --json"],
  async run(cli, given) {
    const { api } = await cli.connect();
    const query = Object.fromEntries(
      ["newsletter", "before", "limit"].flatMap((name) => {
        const value = given.text(name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const { issues, next } = await reply(api.issues.$get({ query }));
    const rows = issues.map((one) => {
      const when = moment(one.startedAt ?? one.scheduledAt);
      return [`${one.newsletter}/${one.slug}`, one.status, when, one.subject];
    });
    const heads = ["issue", "status", "begins", "subject"].map((title) => ({ title }));
    return {
      json: { issues, next },
      text: rows.length === 0 ? "No issues." : table(heads, rows, cli.terminal.columns),
      notes: next === null ? [] : [`More: add --before ${next}`],
    };
  },
};

/** Editions of newsletters. */
export const issue: Noun = {
  summary: "Issues: editions of a newsletter, written as Markdown files.",
  verbs: { lint, test, send, schedule, recall, pause, resume, cancel, retry, resolve, correct, status, list },
};
