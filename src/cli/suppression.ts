import type { AddSuppressionInput } from "../suppression/add.ts";
import type { Command, Flag, Given, Noun } from "./command.ts";
import { reply } from "./reply.ts";
import { table } from "./table.ts";
import { moment } from "./words.ts";

const newsletter: Flag = { value: "SLUG", help: "For this newsletter only; everywhere unless given" };

const add: Command = {
  summary: "Mail an address no more, from the next batch on.",
  positionals: [{ name: "ADDRESS" }],
  flags: {
    newsletter,
    reason: { value: "REASON", help: "complaint, hard-bounce or manual; manual unless given" },
    origin: { value: "TEXT", help: "Where it comes from, for those who look later" },
  },
  examples: ['tidings suppression add reader@example.org --origin "asked by phone"'],
  async run(cli, given) {
    const { api } = await cli.connect();
    const [address = ""] = given.words;
    const reason = given.text("reason") as AddSuppressionInput["reason"];
    const origin = given.text("origin");
    const json: AddSuppressionInput = {
      address,
      ...scope(given),
      ...(reason === undefined ? {} : { reason }),
      ...(origin === undefined ? {} : { origin }),
    };
    const { added } = await reply(api.suppressions.$post({ json }));
    const where = json.newsletter ?? "everywhere";
    const text = added ? `Suppressed ${address} (${where}).` : `${address} was suppressed already (${where}).`;
    return { json: { added }, text };
  },
};

const remove: Command = {
  summary: "Let an address be mailed again; its subscriptions stay as they are.",
  positionals: [{ name: "ADDRESS" }],
  flags: { newsletter },
  examples: ["tidings suppression remove reader@example.org"],
  async run(cli, given) {
    const { api } = await cli.connect();
    const [address = ""] = given.words;
    const { removed } = await reply(api.suppressions.remove.$post({ json: { address, ...scope(given) } }));
    return { json: { removed }, text: `${address} may be mailed again (${given.text("newsletter") ?? "everywhere"}).` };
  },
};

const list: Command = {
  summary: "List suppressed addresses, newest first.",
  flags: {
    before: { value: "ID", help: "Go on before this id, as the page before says" },
    limit: { value: "NUMBER", help: "How many, 1 to 500; 50 unless given" },
  },
  examples: ["tidings suppression list", "tidings suppression list --json"],
  async run(cli, given) {
    const { api } = await cli.connect();
    const before = given.text("before");
    const limit = given.text("limit");
    const query = { ...(before === undefined ? {} : { before }), ...(limit === undefined ? {} : { limit }) };
    const { suppressions, next } = await reply(api.suppressions.$get({ query }));
    const rows = suppressions.map((one) => [
      String(one.id),
      one.address ?? "(erased)",
      one.newsletter ?? "everywhere",
      one.reason,
      moment(one.at),
      moment(one.until),
      one.origin,
    ]);
    const heads = ["address", "newsletter", "reason", "when", "until", "origin"].map((title) => ({ title }));
    return {
      json: { suppressions, next },
      text:
        rows.length === 0
          ? "No suppressions."
          : table([{ title: "id", align: "right" }, ...heads], rows, cli.terminal.columns),
      notes: next === null ? [] : [`More: add --before ${next}`],
    };
  },
};

function scope(given: Given): { newsletter?: string } {
  const slug = given.text("newsletter");
  return slug === undefined ? {} : { newsletter: slug };
}

/** Addresses that must not be mailed. */
export const suppression: Noun = {
  summary: "Suppressions: addresses that must not be mailed.",
  verbs: { add, remove, list },
};
