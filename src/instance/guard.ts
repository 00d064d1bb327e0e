import { type RawBuilder, sql } from "kysely";
import * as z from "zod";
import type { InstanceRow } from "../store/rows.ts";

/** Sign-ups in an hour, by what they have in common; docs/abuse.md says what happens beyond. */
export const usualSignupLimits = { network: 30, domain: 100, newsletter: 2_000, total: 5_000 } as const;

export type SignupLimit = keyof typeof usualSignupLimits;

/** What an operator sets against abuse of the forms. */
export interface GuardSettings {
  readonly signupLimits: Readonly<Record<SignupLimit, number>>;
  /** When a form must solve a proof of work to be answered at once. */
  readonly challenge: "auto" | "always" | "never";
  /** Whether abuse@, postmaster@ and the like may sign up (ADR-07). */
  readonly roleAddresses: "refuse" | "allow";
  /** What becomes of addresses that are made for a day (ADR-08). */
  readonly disposable: "allow" | "flag" | "refuse";
  /** Whether a domain is asked for its mail servers (ADR-09). */
  readonly checkMx: boolean;
  /** Public key of Cloudflare's widget; null: none. */
  readonly turnstileSite: string | null;
  /** Hours after a sign-up until whoever has not confirmed is reminded, once; null: nobody is. */
  readonly remindHours: number | null;
  /** Days after the last confirm link has expired until an unconfirmed sign-up is forgotten (DOI-31). */
  readonly keepUnconfirmedDays: number;
}

const most = "must be a whole number from 1 to 1,000,000,000";
const names = Object.keys(usualSignupLimits);

/** Fields of the instance that the guard looks at; every one is optional. */
export const guardFields = {
  /** What is named changes; null gives it back its usual number, and null in place of all gives it to all. */
  signupLimits: z
    .record(z.string(), z.int(most).min(1, most).max(1_000_000_000, most).nullable())
    .superRefine((limits, check) => {
      for (const name of Object.keys(limits).filter((one) => !names.includes(one))) {
        check.addIssue({ code: "custom", path: [name], message: `is none of ${names.join(", ")}` });
      }
    })
    .nullable()
    .optional(),
  challenge: z.enum(["auto", "always", "never"]).optional(),
  roleAddresses: z.enum(["refuse", "allow"]).optional(),
  disposable: z.enum(["allow", "flag", "refuse"]).optional(),
  checkMx: z.boolean().optional(),
  turnstileSite: z
    .string()
    .trim()
    .regex(/^[\w.-]{10,100}$/, "is no site key of Turnstile")
    .nullable()
    .optional(),
  remindHours: z
    .int("must be 1 to 336 hours")
    .min(1, "must be 1 to 336 hours")
    .max(336, "must be 1 to 336 hours")
    .nullable()
    .optional(),
  keepUnconfirmedDays: z
    .int("must be 1 to 365 days")
    .min(1, "must be 1 to 365 days")
    .max(365, "must be 1 to 365 days")
    .optional(),
};

type Given = { readonly [K in keyof typeof guardFields]?: z.output<(typeof guardFields)[K]> };

/** Splits a change into the columns that the guard's fields set and the rest. */
export function guardColumns<G extends Given>(
  given: G,
): { columns: Record<string, number | string | null | RawBuilder<unknown>>; rest: Omit<G, keyof Given> } {
  const {
    signupLimits,
    challenge,
    roleAddresses,
    disposable,
    checkMx,
    turnstileSite,
    remindHours,
    keepUnconfirmedDays,
    ...rest
  } = given;
  const limits = signupLimits === null ? "{}" : sql`json_patch(signup_limits, ${JSON.stringify(signupLimits ?? {})})`;
  const all = {
    signup_limits: signupLimits === undefined ? undefined : limits,
    challenge,
    role_addresses: roleAddresses,
    disposable,
    check_mx: checkMx === undefined ? undefined : Number(checkMx),
    turnstile_site: turnstileSite,
    remind_hours: remindHours,
    keep_unconfirmed_days: keepUnconfirmedDays,
  };
  const columns = Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return { columns, rest };
}

/** The columns that hold them. */
export type GuardRow = Pick<
  InstanceRow,
  | "signup_limits"
  | "challenge"
  | "role_addresses"
  | "disposable"
  | "check_mx"
  | "turnstile_site"
  | "remind_hours"
  | "keep_unconfirmed_days"
>;

/** The guard's settings of a row. */
export function toGuard(row: GuardRow): GuardSettings {
  return {
    signupLimits: { ...usualSignupLimits, ...(JSON.parse(row.signup_limits) as Partial<Record<SignupLimit, number>>) },
    challenge: row.challenge,
    roleAddresses: row.role_addresses,
    disposable: row.disposable,
    checkMx: row.check_mx === 1,
    turnstileSite: row.turnstile_site,
    remindHours: row.remind_hours,
    keepUnconfirmedDays: row.keep_unconfirmed_days,
  };
}
