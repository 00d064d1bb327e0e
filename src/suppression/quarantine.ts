import { type RawBuilder, sql } from "kysely";

/** How long hard bounces of a braked issue are believed: a receiver that fails calls good addresses unknown (SUP-05). In ms. */
export const quarantine = 7 * 24 * 3_600_000;

/** Where a suppression comes from that a provider's report led to; null: the mail was a notice. */
export function reportOrigin(provider: string, issue: number | null): string {
  return issue === null ? `${provider}, notice` : `${provider}, issue ${issue}`;
}

/**
 * Statement: hard bounces that came by `origin` after `since` are believed for a while and not for good, when `when` holds.
 * Times in ms UTC.
 */
export function doubtHardBounces(
  bounces: { origin: string; since: number; now: number },
  when: RawBuilder<boolean>,
): RawBuilder<unknown> {
  return sql`update suppressions set until = ${bounces.now + quarantine}
    where id in (select id from suppressions where reason = 'hard-bounce' and until is null and origin = ${bounces.origin}
      and at > ${bounces.since}) and ${when}`;
}
