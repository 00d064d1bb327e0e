import type { Command, Noun } from "./command.ts";
import { oneLine } from "./printable.ts";
import { reply } from "./reply.ts";
import { sheet, table } from "./table.ts";
import { moment } from "./words.ts";

const list: Command = {
  summary: "List subscribers with their subscriptions.",
  flags: {
    newsletter: { value: "SLUG", help: "Only of this newsletter" },
    status: { value: "STATUS", help: "Only pending, active or unsubscribed ones" },
    after: { value: "ID", help: "Go on after this id, as the page before says" },
    limit: { value: "NUMBER", help: "How many, 1 to 500; 50 unless given" },
  },
  examples: [
    "tidings subscriber list --newsletter morning --status active",
    "tidings subscriber list --limit 500 --json",
  ],
  async run(cli, given) {
    const { api } = await cli.connect();
    const query = Object.fromEntries(
      ["newsletter", "status", "after", "limit"].flatMap((name) => {
        const value = given.text(name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const { subscribers, next } = await reply(api.subscribers.$get({ query }));
    const rows = subscribers.map((one) => [
      String(one.id),
      one.email,
      one.name,
      one.subscriptions.map((held) => `${held.newsletter} ${standing(held)}`).join(", "),
    ]);
    const heads = [
      { title: "id", align: "right" } as const,
      { title: "address" },
      { title: "name" },
      { title: "newsletters" },
    ];
    return {
      json: { subscribers, next },
      text: rows.length === 0 ? "No subscribers." : table(heads, rows, cli.terminal.columns),
      notes: next === null ? [] : [`More: add --after ${next}`],
    };
  },
};

function standing(held: { readonly status: string; readonly pausedUntil: number | null }): string {
  return held.pausedUntil === null ? held.status : `${held.status} (paused)`;
}

/** form article-foot, position end, page https://… */
function cameBy(source: Readonly<Record<string, string>>): string {
  return Object.entries(source)
    .map(([name, value]) => `${name} ${oneLine(value)}`)
    .join(", ");
}

const show: Command = {
  summary: "Show one subscriber: subscriptions and breaks, proof of consent, suppressions.",
  positionals: [{ name: "ADDRESS" }],
  examples: ["tidings subscriber show reader@example.org"],
  async run(cli, given) {
    const { api } = await cli.connect();
    const { subscriber } = await reply(api.subscribers.find.$post({ json: { address: given.words[0] ?? "" } }));
    const { subscriptions, consents, suppressions } = subscriber;
    const main = sheet([
      ["address", subscriber.email],
      ["name", subscriber.name],
      ["language", subscriber.language ?? "that of each newsletter"],
      ["since", moment(subscriber.createdAt)],
      ["confirmed", moment(subscriber.provenAt)],
      ...suppressions.map((one): [string, string] => [
        "suppressed",
        `${one.newsletter ?? "everywhere"}: ${one.reason}, ${moment(one.at)}`,
      ]),
    ]);
    const heads = ["newsletter", "status", "since", "paused until", "came by"].map((title) => ({ title }));
    const held = subscriptions.map((one) => [
      ...[one.newsletter, one.status, moment(one.since)],
      ...[moment(one.pausedUntil), cameBy(one.source)],
    ]);
    // A wording is a paragraph that most events share: it stands once, below the table.
    const wordings = [...new Set(consents.flatMap((one) => one.wording ?? []))];
    const mark = (wording: string | null) => (wording === null ? "" : `[${wordings.indexOf(wording) + 1}]`);
    const mail = (notice: number) => (notice === 0 ? "" : String(notice));
    const proof = consents.map((one) => [
      ...[moment(one.at), one.newsletter, one.event, one.method],
      ...[mail(one.notice), mark(one.wording)],
    ]);
    const proofHeads = ["when", "newsletter", "event", "how", "mail", "wording"].map((title) => ({ title }));
    const notes = wordings.map((wording) => `${mark(wording)} ${oneLine(wording)}`);
    const { columns } = cli.terminal;
    return {
      json: { subscriber },
      text: [main, table(heads, held, columns), table(proofHeads, proof, columns), ...notes].join("\n\n"),
    };
  },
};

/** People. */
export const subscriber: Noun = {
  summary: "Subscribers: one person, one address.",
  verbs: { list, show },
};
