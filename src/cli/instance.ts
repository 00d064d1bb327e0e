import { AppError } from "../errors.ts";
import type { EditInstanceInput } from "../instance/edit.ts";
import type { Instance } from "../instance/find.ts";
import type { Command, Noun, Outcome } from "./command.ts";
import { type Field, fieldFlags, readFields } from "./input-file.ts";
import { reply } from "./reply.ts";
import { sheet } from "./table.ts";
import { counted } from "./words.ts";

const fields: readonly Field[] = [
  { name: "site", value: "TEXT", help: "The name of the house" },
  { name: "operator", value: "TEXT", help: "Who is answerable for the mails" },
  { name: "postalAddress", value: "TEXT", help: "Postal address, in every issue; \\n ends a line", kind: "lines" },
  { name: "privacyUrl", value: "URL", help: "The privacy page" },
  { name: "contact", value: "ADDRESS", help: "Where readers' questions go" },
  { name: "senderName", value: "TEXT", help: "Whom confirmation mails come from; the newsletter's own unless set" },
  { name: "senderAddress", value: "ADDRESS", help: "The address of that sender" },
  { name: "confirmHours", value: "NUMBER", help: "How long a confirm link works, 1 to 336 hours", kind: "number" },
  { name: "keepNoticesDays", value: "NUMBER", help: "How long notices are kept, 15 to 3650 days", kind: "number" },
  { name: "keepOutboxDays", value: "NUMBER", help: "How long the outbox keeps mails, 1 to 3650 days", kind: "number" },
];

interface Whole {
  readonly instance: Instance;
  readonly missing: readonly string[];
  readonly provider: string;
  readonly publicUrl: string;
}

const show: Command = {
  summary: "Show this installation and what it still lacks.",
  examples: ["tidings instance show"],
  async run(cli) {
    const { api } = await cli.connect();
    return outcome(await reply(api.instance.$get()));
  },
};

const set: Command = {
  summary: "Change this installation; an empty text clears a field.",
  flags: fieldFlags(fields),
  more: "Operator, postal address and privacy page must be set before anything can be sent.",
  examples: [
    "tidings instance set --file instance.json",
    'tidings instance set --operator "Harbour Press" --postal-address "4 Quay\\nPort Alder" \\\n    --privacy-url https://example.org/privacy',
  ],
  async run(cli, given) {
    const json = readFields(given, fields) as EditInstanceInput;
    if (Object.keys(json).length === 0) {
      throw new AppError("invalid", "Nothing to change was given.", { hint: "See: tidings instance set --help" });
    }
    const { api } = await cli.connect();
    return outcome(await reply(api.instance.$patch({ json })));
  },
};

function outcome(whole: Whole): Outcome {
  const { instance, missing, provider, publicUrl } = whole;
  return { json: { instance, missing, provider, publicUrl }, text: sheet(lines(whole)), notes: stillMissing(missing) };
}

/** What to do before anything can be sent, or nothing. */
export function stillMissing(missing: readonly string[]): string[] {
  if (missing.length === 0) return [];
  return [`Before mail can leave: tidings instance set ${missing.map((name) => `--${name} "…"`).join(" ")}`];
}

function lines({ instance, provider, publicUrl }: Whole): [string, string][] {
  const { senderName, senderAddress } = instance;
  return [
    ["public address", publicUrl],
    ["provider", provider],
    ["site", instance.site],
    ["operator", instance.operator],
    ["postal address", instance.postalAddress],
    ["privacy page", instance.privacyUrl],
    ["contact", instance.contact],
    [
      "sender of notices",
      senderAddress === "" ? senderName || "the newsletter's own" : `${senderName} <${senderAddress}>`,
    ],
    ["confirm link works", counted(instance.confirmHours, "hour")],
    ["notices kept", counted(instance.keepNoticesDays, "day")],
    ["outbox kept", counted(instance.keepOutboxDays, "day")],
  ];
}

/** The one record about this installation. */
export const instance: Noun = {
  summary: "The instance: operator, addresses and policies of this installation.",
  verbs: { show, set },
};
