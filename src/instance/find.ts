import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import type { InstanceRow } from "../store/rows.ts";
import { type GuardSettings, toGuard } from "./guard.ts";
import { type Hold, readHold } from "./hold.ts";

/** The one record about this installation. */
export interface Instance extends GuardSettings {
  readonly uid: string;
  readonly createdAt: number;
  readonly site: string;
  readonly operator: string;
  readonly postalAddress: string;
  readonly privacyUrl: string;
  readonly contact: string;
  readonly senderName: string;
  readonly senderAddress: string;
  readonly confirmHours: number;
  readonly keepNoticesDays: number;
  readonly keepOutboxDays: number;
  /** For how long after its end it is known who got an issue; null: for ever. */
  readonly keepLedgerDays: number | null;
  /** In which people name the time of a schedule, such as Europe/Kyiv. */
  readonly timeZone: string;
  /** Of pages that are about no single newsletter. */
  readonly language: string;
  /** Mails of issues in an hour, of all newsletters together; null: no limit. */
  readonly hourlyLimit: number | null;
  /** Mails of issues on the first day of a warm-up, twice as many each day; null: no warm-up. */
  readonly warmUp: number | null;
  readonly warmUpSince: number | null;
  /** Mails of issues in an hour, by domain of the readers. */
  readonly domainLimits: Readonly<Record<string, number>>;
  /** What keeps all mails back; null where they may leave. */
  readonly held: Hold | null;
}

/** The instance record; throws `misconfigured` where none was made yet. */
export async function readInstance(ctx: AppContext): Promise<Instance> {
  const row = await ctx.store.db.selectFrom("instance").selectAll().executeTakeFirst();
  if (row === undefined) {
    throw new AppError("misconfigured", "This database holds no instance yet.", { hint: "Run: tidings init" });
  }
  return toInstance(row);
}

function toInstance(row: InstanceRow): Instance {
  return {
    uid: row.uid,
    createdAt: row.created_at,
    site: row.site,
    operator: row.operator,
    postalAddress: row.postal_address,
    privacyUrl: row.privacy_url,
    contact: row.contact,
    senderName: row.sender_name,
    senderAddress: row.sender_address,
    confirmHours: row.confirm_hours,
    keepNoticesDays: row.keep_notices_days,
    keepOutboxDays: row.keep_outbox_days,
    keepLedgerDays: row.keep_ledger_days,
    timeZone: row.time_zone,
    language: row.language,
    hourlyLimit: row.hourly_limit,
    warmUp: row.warmup_first,
    warmUpSince: row.warmup_since,
    domainLimits: JSON.parse(row.domain_limits) as Record<string, number>,
    ...toGuard(row),
    held: readHold(row.held),
  };
}

/** What the law wants in every mail and is not set yet (LAW-03, LAW-09), as names of `instance set`. */
export function missingForMail(instance: Instance): string[] {
  const missing: string[] = [];
  if (instance.operator === "") missing.push("operator");
  if (instance.postalAddress === "") missing.push("postal-address");
  if (instance.privacyUrl === "") missing.push("privacy-url");
  return missing;
}

/** The command that sets what `missingForMail` has named. */
export function remedyForMail(missing: readonly string[]): string {
  return `Run: tidings instance set ${missing.map((name) => `--${name} "…"`).join(" ")}`;
}

/** Throws `preflight` with the command that mends it, unless mails may name their sender as the law asks. */
export function requireOperator(instance: Instance): void {
  const missing = missingForMail(instance);
  if (missing.length === 0) return;
  throw new AppError("preflight", `Nothing can be sent before these are set: ${missing.join(", ")}.`, {
    hint: remedyForMail(missing),
    faults: missing,
  });
}
