import { AppError } from "../errors.ts";
import type { EditInstanceInput } from "../instance/edit.ts";
import type { Instance } from "../instance/find.ts";
import { remedyForHold } from "../instance/hold.ts";
import type { Command, Noun, Outcome } from "./command.ts";
import { type Field, fieldFlags, namingFlags, readFields } from "./input-file.ts";
import { guardFields, guardLines } from "./instance-guard.ts";
import { hold } from "./instance-hold.ts";
import { release } from "./instance-release.ts";
import { reply } from "./reply.ts";
import { sheet } from "./table.ts";
import { count, counted } from "./words.ts";

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
  {
    name: "keepLedgerDays",
    value: "NUMBER",
    help: "How long it is known who got an issue, 35 to 3650 days; or none, for ever",
    kind: "limit",
  },
  {
    name: "language",
    value: "TAG",
    help: "Language of pages about no single newsletter: en, uk, de, fr, es, pl or your own",
  },
  {
    name: "timeZone",
    value: "ZONE",
    help: "The time zone of schedules and of days that readers see, such as Europe/Kyiv",
  },
  {
    name: "hourlyLimit",
    value: "NUMBER",
    help: "Mails of issues in an hour, all newsletters together; or none",
    kind: "limit",
  },
  {
    name: "warmUp",
    value: "NUMBER",
    help: "Mails of issues on the first day, twice as many each day; or none",
    kind: "limit",
  },
  {
    name: "domainLimits",
    flag: "domain-limit",
    value: "DOMAIN=NUMBER",
    help: "Mails of issues in an hour to a domain; DOMAIN=none, or none",
    kind: "limits",
  },
  ...guardFields,
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
    return outcome(await namingFlags(given, fields, reply(api.instance.$patch({ json }))));
  },
};

function outcome(whole: Whole): Outcome {
  const { instance, missing, provider, publicUrl } = whole;
  return {
    json: { instance, missing, provider, publicUrl },
    text: sheet(lines(whole)),
    notes: [...stillMissing(missing), ...stillHeld(instance)],
  };
}

/** What to do before anything can be sent, or nothing. */
export function stillMissing(missing: readonly string[]): string[] {
  if (missing.length === 0) return [];
  return [`Before mail can leave: tidings instance set ${missing.map((name) => `--${name} "…"`).join(" ")}`];
}

/** What to do before mails that are held can leave, or nothing. */
export function stillHeld({ held }: Pick<Instance, "held">): string[] {
  if (held === null) return [];
  return [`No mail leaves now: ${held.reason} ${remedyForHold(held)}`];
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
    ["ledger kept", instance.keepLedgerDays === null ? "for ever" : counted(instance.keepLedgerDays, "day")],
    ["time zone", instance.timeZone],
    ["language", instance.language],
    ...limitLines(instance),
    ...Object.entries(instance.domainLimits).map(([domain, most]): [string, string] => [
      `to ${domain} an hour`,
      count(most),
    ]),
    ...guardLines(instance),
    ...(instance.held === null ? [] : [["all mails are held", instance.held.reason] as [string, string]]),
  ];
}

/** Limits of what may leave, a line each. */
export function limitLines(limits: Pick<Instance, "hourlyLimit" | "warmUp" | "warmUpSince">): [string, string][] {
  const { hourlyLimit, warmUp, warmUpSince } = limits;
  const since = warmUpSince === null ? "" : new Date(warmUpSince).toISOString().slice(0, 10);
  return [
    ["mails an hour", hourlyLimit === null ? "no limit" : count(hourlyLimit)],
    ["warm-up", warmUp === null ? "none" : `${count(warmUp)} on the first day, ${since}; twice as many each day`],
  ];
}

/** The one record about this installation. */
export const instance: Noun = {
  summary: "The instance: operator, addresses and policies of this installation.",
  verbs: { show, set, hold, release },
};
