import { type RawBuilder, sql } from "kysely";
import * as z from "zod";
import { parseAddress } from "../mail/address.ts";

/** So many mails; null: no limit. */
export const mailLimit = z
  .int("must be a whole number of at least 1")
  .min(1, "must be a whole number of at least 1")
  .max(1_000_000_000, "must be a whole number of at most 1,000,000,000")
  .nullable();

/** A domain as it stands in the addresses that are kept, or null. */
function domainOf(text: string): string | null {
  const parsed = parseAddress(`reader@${text.trim()}`, { allowReserved: true });
  return parsed.ok ? parsed.email.slice(parsed.email.lastIndexOf("@") + 1).toLowerCase() : null;
}

/** Mails in an hour to each domain; null takes a domain's limit away. */
export const domainLimits = z
  .record(z.string(), mailLimit)
  .refine((limits) => Object.keys(limits).length <= 100, "must not name more than 100 domains")
  .superRefine((limits, check) => {
    for (const name of Object.keys(limits).filter((one) => domainOf(one) === null)) {
      check.addIssue({ code: "custom", path: [name], message: "is not the domain of an address, such as gmail.com" });
    }
  })
  .transform((limits) =>
    Object.fromEntries(Object.entries(limits).map(([name, most]) => [domainOf(name) ?? "", most])),
  );

/** Limits as they are given to a change; what is not given stays. */
export interface LimitChanges {
  readonly hourlyLimit?: number | null | undefined;
  readonly warmUp?: number | null | undefined;
  /** What is named changes, the others stay; null takes all away. */
  readonly domainLimits?: Readonly<Record<string, number | null>> | null | undefined;
}

/** The columns that such a change sets. A warm-up begins with the day on which its number is set; the same number goes on. */
export function limitColumns(
  given: LimitChanges,
  now: number,
): Record<string, number | string | null | RawBuilder<unknown>> {
  const { hourlyLimit, warmUp, domainLimits } = given;
  return {
    ...(hourlyLimit === undefined ? {} : { hourly_limit: hourlyLimit }),
    ...(warmUp === undefined
      ? {}
      : {
          warmup_first: warmUp,
          warmup_since: warmUp === null ? null : sql`iif(warmup_first is ${warmUp}, warmup_since, ${now})`,
        }),
    ...(domainLimits === undefined
      ? {}
      : {
          domain_limits: domainLimits === null ? "{}" : sql`json_patch(domain_limits, ${JSON.stringify(domainLimits)})`,
        }),
  };
}
