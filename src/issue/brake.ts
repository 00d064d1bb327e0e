import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { readCounters } from "../delivery/feedback.ts";
import { sumDeliveries } from "../delivery/find.ts";
import { doubtHardBounces, reportOrigin } from "../suppression/quarantine.ts";

const hour = 3_600_000;

/** What a brake counts of one issue. */
interface Tally {
  readonly accepted: number;
  readonly failed: number;
  readonly delivered: number;
  readonly bounced: number;
  readonly complained: number;
}

/** Figures at which an issue stops by itself (SUP-07); a share counts only once there are enough mails to speak of one. */
export const brakes = {
  /** Mailbox providers act against senders from 0.3 % on (RULES §2). */
  complaints: { share: 0.003, among: 1_000 },
  bounces: { share: 0.05, among: 200 },
  failures: { share: 0.05, least: 50 },
  /** So many mails refused one by one and none accepted: it is the issue that is refused, not its readers. */
  refusals: 10,
} as const;

/** The counts of an issue as JSON, for `issues.brake_base`: written with a person's word to go on, since a brake looks at what comes after. */
export async function brakeBase(ctx: AppContext, issue: number): Promise<string> {
  return JSON.stringify(await tally(ctx, issue));
}

async function tally(ctx: AppContext, issue: number): Promise<Tally> {
  const { accepted, failed } = await sumDeliveries(ctx, issue);
  const { delivered, bounced, complained } = await readCounters(ctx, issue);
  return { accepted, failed, delivered, bounced, complained };
}

/**
 * Pauses an issue whose mails fare so badly that a person should look before more leave; tells what was at fault, or null. Of
 * several processes that find it out one pauses, and none does once a person has sent the issue on. `refusal`: the provider's
 * words for the latest mail that failed.
 */
export async function brakeIssue(ctx: AppContext, id: number, refusal = ""): Promise<string | null> {
  const row = await ctx.store.db
    .selectFrom("issues as i")
    .innerJoin("newsletters as n", "n.id", "i.newsletter")
    .select(["i.brake_base as base", "i.slug", "n.slug as newsletter"])
    .where("i.id", "=", id)
    .where("i.status", "=", "sending")
    .executeTakeFirst();
  if (row === undefined) return null;
  const fault = judge(since(await tally(ctx, id), JSON.parse(row.base) as Partial<Tally>), refusal);
  if (fault === null) return null;
  const error = `${fault.words} Look into it; then go on with: tidings issue send ${row.newsletter}/${row.slug}`;
  const now = ctx.clock();
  // A receiver that fails bounces good addresses too: those of the last hour are not lost for good (SUP-05).
  const recent = { origin: reportOrigin("resend", id), since: now - hour, now };
  const [done] = await ctx.store.commit(
    sql<{ id: number }>`
      update issues set status = 'paused', stop_reason = 'brake', error = ${error}
      where id = ${id} and status = 'sending' and brake_base = ${row.base} returning id`,
    doubtHardBounces(recent, fault.bounces ? isBraked(id) : sql<boolean>`false`),
  );
  if (done.rows.length === 0) return null;
  ctx.log.error("issue braked", { issue: id, error });
  return fault.words;
}

/** SQL: true while a brake has stopped the issue. */
export function isBraked(id: number): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from issues i where i.id = ${id} and i.status = 'paused' and i.stop_reason = 'brake')`;
}

/** A retry takes failed mails back, so a count may have fallen since. */
function since(now: Tally, base: Partial<Tally>): Tally {
  const of = (name: keyof Tally): number => Math.max(0, now[name] - (base[name] ?? 0));
  return {
    accepted: of("accepted"),
    failed: of("failed"),
    delivered: of("delivered"),
    bounced: of("bounced"),
    complained: of("complained"),
  };
}

/** What is at fault with an issue that has come to this, in a sentence; null where it may go on. */
function judge(
  { accepted, failed, delivered, bounced, complained }: Tally,
  refusal: string,
): { words: string; bounces?: true } | null {
  const { complaints, bounces, failures, refusals } = brakes;
  const reported = delivered + bounced;
  const settled = accepted + failed;
  if (delivered >= complaints.among && complained >= delivered * complaints.share) {
    return {
      words: `${complained} of ${delivered} readers have reported it as spam (${percent(complained, delivered)}).`,
    };
  }
  if (reported >= bounces.among && bounced >= reported * bounces.share) {
    const words = `${bounced} of the first ${reported} mails reported on have bounced for good (${percent(bounced, reported)}).`;
    return { words, bounces: true };
  }
  if (failed >= refusals && accepted === 0) {
    const why = refusal === "" ? "." : `: ${refusal}`;
    return {
      words: `The provider has refused all of the first ${failed} mails, so the issue itself seems to be at fault${why}`,
    };
  }
  if (failed >= failures.least && failed >= settled * failures.share) {
    const why = refusal === "" ? "" : ` The latest: ${refusal}`;
    return { words: `${failed} of ${settled} mails have failed (${percent(failed, settled)}).${why}` };
  }
  return null;
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
