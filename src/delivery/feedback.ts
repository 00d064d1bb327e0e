import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import type { CountedKind } from "../mail/report.ts";
import { isRetired } from "./find.ts";

/** What was reported about the mails of an issue, by kind; `bounced` contains `bouncedContent`. */
export interface Counters {
  readonly delivered: number;
  readonly delayed: number;
  /** Came back for good. */
  readonly bounced: number;
  /** Of these, refused for what is in the mail and not for where it went. */
  readonly bouncedContent: number;
  /** Came back for now: a full mailbox, a server that is away. */
  readonly bouncedSoft: number;
  readonly complained: number;
  /** Not sent by the provider, since its own list suppresses the address. */
  readonly suppressed: number;
  /** Accepted by the provider and not sent after all. */
  readonly failed: number;
}

/** What a provider may say of one reader's mail later on, by rising strength: a later weaker one never undoes it (RULES §5). */
export const feedbacks = ["failed", "suppressed", "bounced", "complained"] as const;

export type Feedback = (typeof feedbacks)[number];

/** One reader's mail of one issue. */
export interface Addressee {
  readonly issue: number;
  readonly subscriber: number;
}

/** What was reported about an issue so far. */
export async function readCounters(ctx: AppContext, issue: number): Promise<Counters> {
  const rows = await ctx.store.db.selectFrom("counters").select(["name", "n"]).where("issue", "=", issue).execute();
  const of = (name: CountedKind): number => rows.find((row) => row.name === name)?.n ?? 0;
  return {
    delivered: of("delivered"),
    delayed: of("delayed"),
    bounced: of("bounced"),
    bouncedContent: of("bounced-content"),
    bouncedSoft: of("bounced-soft"),
    complained: of("complained"),
    suppressed: of("suppressed"),
    failed: of("failed"),
  };
}

/** SQL: true for a mail that its issue owes; of an issue whose deliveries are kept no more nobody can tell, so for any of it. */
export function isOwed({ issue, subscriber }: Addressee): RawBuilder<boolean> {
  return sql<boolean>`(exists (select 1 from deliveries where issue = ${issue} and subscriber = ${subscriber})
    or ${isRetired(issue)})`;
}

/** Statement: counts a report about a mail that this issue owes, when `when` holds. */
export function countReport(of: Addressee, name: CountedKind, when: RawBuilder<boolean>) {
  return sql`insert into counters (issue, name, n) select ${of.issue}, ${name}, 1 where ${isOwed(of)} and ${when}
    on conflict (issue, name) do update set n = n + 1`;
}

/** Statement: notes on a delivery what was reported of it; states, sizes and sums stay as they are. */
export function noteFeedback({ issue, subscriber }: Addressee, feedback: Feedback, when: RawBuilder<boolean>) {
  const weaker = JSON.stringify(feedbacks.slice(0, feedbacks.indexOf(feedback)));
  return sql`update deliveries set feedback = ${feedback}
    where issue = ${issue} and subscriber = ${subscriber}
      and (feedback is null or feedback in (select value from json_each(${weaker}))) and ${when}`;
}
