import * as z from "zod";
import type { AppContext } from "../context.ts";
import { parseInput } from "../input.ts";
import { headerFault, mailboxFault } from "../mail/headers.ts";
import { isLanguage } from "../mail/language.ts";
import { requireSpeakable } from "../mail/texts.ts";
import { type Instance, readInstance } from "./find.ts";
import { guardColumns, guardFields } from "./guard.ts";
import { domainLimits, limitColumns, mailLimit } from "./limits.ts";
import { line, mailAddress, prose } from "./texts.ts";

/** Any of them may be the name that mails come from. */
const senderName = (most: number) =>
  line(most).refine(
    (name) => name === "" || mailboxFault({ name, address: "a@b.example" }) === null,
    "must not contain @, since mails may come from this name (FMT-06)",
  );

const address = mailAddress({ mayBeEmpty: true });

/** True for a name or an offset by which the runtime knows a clock: Europe/Kyiv, UTC, +02:00. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name !== "";
  } catch {
    // The one way in which the runtime tells that it does not know a zone.
    return false;
  }
}

/** Reports on a mail come in for so long. */
const ledgerDays = "must be 35 to 3650 days";

/** What an operator sets; every field is optional, and an empty text clears it. */
export const editInstanceSchema = z.strictObject({
  site: senderName(120).optional(),
  operator: senderName(200).optional(),
  postalAddress: prose(500).optional(),
  privacyUrl: z
    .url({ protocol: /^https?$/, error: "must be a whole http(s) address" })
    .refine((url) => !/\s/.test(url) && headerFault(url) === null, "must not hold blanks or control characters")
    .or(z.literal(""))
    .optional(),
  contact: address.optional(),
  senderName: senderName(120).optional(),
  senderAddress: address.optional(),
  confirmHours: z.int().min(1).max(336).optional(),
  keepNoticesDays: z.int().min(15).max(3650).optional(),
  keepOutboxDays: z.int().min(1).max(3650).optional(),
  keepLedgerDays: z.int(ledgerDays).min(35, ledgerDays).max(3650, ledgerDays).nullable().optional(),
  language: z.string().refine(isLanguage, "must be a language tag such as en or uk").optional(),
  timeZone: z.string().trim().max(60).refine(isTimeZone, "must be a time zone such as Europe/Kyiv").optional(),
  hourlyLimit: mailLimit.optional(),
  warmUp: mailLimit.optional(),
  domainLimits: domainLimits.nullable().optional(),
  ...guardFields,
});

export type EditInstanceInput = z.input<typeof editInstanceSchema>;

const columns = {
  site: "site",
  operator: "operator",
  postalAddress: "postal_address",
  privacyUrl: "privacy_url",
  contact: "contact",
  senderName: "sender_name",
  senderAddress: "sender_address",
  confirmHours: "confirm_hours",
  keepNoticesDays: "keep_notices_days",
  keepOutboxDays: "keep_outbox_days",
  keepLedgerDays: "keep_ledger_days",
  language: "language",
  timeZone: "time_zone",
} as const;

/** Changes the given fields and returns the whole record; throws `invalid`. */
export async function editInstance(ctx: AppContext, input: EditInstanceInput): Promise<Instance> {
  const { columns: guarding, rest } = guardColumns(parseInput(editInstanceSchema, input));
  const { hourlyLimit, warmUp, domainLimits: byDomain, ...given } = rest;
  const changed = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [columns[name as keyof typeof columns], value]);
  if (given.language !== undefined) requireSpeakable(ctx.templates, given.language);
  const limits = limitColumns({ hourlyLimit, warmUp, domainLimits: byDomain }, ctx.clock());
  const set = { ...Object.fromEntries(changed), ...limits, ...guarding };
  if (Object.keys(set).length > 0) {
    await ctx.store.db.updateTable("instance").set(set).where("id", "=", 1).execute();
  }
  return readInstance(ctx);
}
