import * as z from "zod";
import { parseAddress } from "../mail/address.ts";
import { headerFault, textFault } from "../mail/headers.ts";

const within = (most: number) => z.string().trim().max(most, `must not be longer than ${most} characters`);

/** Text of one line, as a header or a headline takes it. */
export function line(most: number) {
  return within(most).refine((text) => headerFault(text) === null, "must be one line without control characters");
}

/** Text of several lines. */
export function prose(most: number) {
  return within(most).refine((text) => textFault(text) === null, "must not hold control characters");
}

/** An address that mails come from or answers go to; with `mayBeEmpty` an empty text clears it. */
export function mailAddress(how: { mayBeEmpty: boolean }) {
  return (
    z
      .string()
      .trim()
      .refine(
        (text) => (how.mayBeEmpty && text === "") || parseAddress(text, { allowReserved: true }).ok,
        "is not an e-mail address",
      )
      // Kept as it goes on the wire: a domain in other letters has no place in a header.
      .transform((text) => {
        const parsed = parseAddress(text, { allowReserved: true });
        return parsed.ok ? parsed.email : text;
      })
  );
}
