import * as z from "zod";
import type { AppContext } from "../context.ts";
import { parseInput } from "../input.ts";
import { parseAddress } from "../mail/address.ts";
import { headerFault, mailboxFault, textFault } from "../mail/headers.ts";
import { type Instance, readInstance } from "./find.ts";

const line = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .refine((text) => headerFault(text) === null, "must be one line without control characters");

/** Any of them may be the name that mails come from. */
const senderName = (most: number) =>
  line(most).refine(
    (name) => name === "" || mailboxFault({ name, address: "a@b.example" }) === null,
    "must not contain @, since mails may come from this name (FMT-06)",
  );

const mailAddress = z
  .string()
  .trim()
  .refine((text) => text === "" || parseAddress(text, { allowReserved: true }).ok, "is not an e-mail address")
  // Kept as it goes on the wire: a domain in other letters has no place in a header.
  .transform((text) => {
    const parsed = parseAddress(text, { allowReserved: true });
    return parsed.ok ? parsed.email : text;
  });

/** What an operator sets; every field is optional, and an empty text clears it. */
export const editInstanceSchema = z.strictObject({
  site: senderName(120).optional(),
  operator: senderName(200).optional(),
  postalAddress: z
    .string()
    .trim()
    .max(500)
    .refine((text) => textFault(text) === null, "must not hold control characters")
    .optional(),
  privacyUrl: z
    .url({ protocol: /^https?$/, error: "must be a whole http(s) address" })
    .refine((url) => !/\s/.test(url) && headerFault(url) === null, "must not hold blanks or control characters")
    .or(z.literal(""))
    .optional(),
  contact: mailAddress.optional(),
  senderName: senderName(120).optional(),
  senderAddress: mailAddress.optional(),
  confirmHours: z.int().min(1).max(336).optional(),
  keepNoticesDays: z.int().min(15).max(3650).optional(),
  keepOutboxDays: z.int().min(1).max(3650).optional(),
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
} as const;

/** Changes the given fields and returns the whole record; throws `invalid`. */
export async function editInstance(ctx: AppContext, input: EditInstanceInput): Promise<Instance> {
  const given = parseInput(editInstanceSchema, input);
  const changed = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [columns[name as keyof typeof columns], value]);
  if (changed.length > 0) {
    await ctx.store.db.updateTable("instance").set(Object.fromEntries(changed)).where("id", "=", 1).execute();
  }
  return readInstance(ctx);
}
