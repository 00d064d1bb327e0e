import { type RawBuilder, sql } from "kysely";
import { slowly } from "../delivery/owe.ts";
import type { GuardSettings } from "../instance/guard.ts";
import type { Signer } from "../mail/tokens.ts";
import type { Slots } from "../store/prepared.ts";
import type { OpenNewsletter } from "./desk.ts";
import { domainKey, networkKey } from "./level.ts";
import { isSpent } from "./proofs.ts";
import { bigProviders } from "./providers.ts";
import {
  count,
  counted,
  countedMost,
  countedTotal,
  laneEnd,
  lookBack,
  rateKey,
  shareBefore,
  stretchOf,
} from "./rates.ts";
import type { Visit } from "./visit.ts";

/** Between two mails of the slow lane, in ms: ten a minute. */
export const laneGap = 6_000;

/** A mail that would have to wait longer in the slow lane never leaves, in ms. */
export const longestLane = 12 * 3_600_000;

/**
 * With a proof of work, so many times as much is allowed: what sign-ups without one have filled must not hold up those that have
 * paid for themselves.
 */
export const provenFactor = 5;

/** Beyond so many times its limit, a domain gets nothing more: every address of it may be read in one mailbox. */
export const longestDomain = 2;

/** Higher than any count. */
const never = 9e15;

/** What the guard's statements are filled with. */
export interface GuardValues {
  readonly start: number;
  readonly since: number;
  readonly share: number;
  readonly network: string;
  readonly domain: string;
  /** Keys as JSON: those of the chosen newsletters, and all that are counted. */
  readonly newsletterKeys: string;
  readonly countedKeys: string;
  readonly trapped: number;
  readonly suspect: number;
  readonly vouched: number;
  readonly challenge: string | null;
  readonly always: number;
  readonly attack: number;
  readonly mostNetwork: number;
  readonly mostProven: number;
  readonly mostDomain: number;
  readonly mostNewsletter: number;
  readonly mostTotal: number;
}

/** Reads a visit into what the statements are filled with; `attack` is the threshold of sign-ups in ten minutes. */
export function guardValues(asked: {
  signer: Signer;
  visit: Visit;
  settings: GuardSettings;
  newsletters: readonly OpenNewsletter[];
  domain: string;
  ownOrigin: string;
  attack: number;
  now: number;
}): GuardValues {
  const { signer, visit, settings, newsletters, now } = asked;
  const { signupLimits: most, challenge } = settings;
  const network = networkKey(signer, visit.network);
  const domain = domainKey(signer, asked.domain);
  const chosen = newsletters.map(({ id }) => rateKey.newsletter(id));
  const { proof } = visit;
  const covers = proof !== null && newsletters.every(({ slug }) => proof.newsletters.includes(slug));
  return {
    start: stretchOf(now),
    since: stretchOf(now) - lookBack,
    share: shareBefore(now),
    network,
    domain,
    newsletterKeys: JSON.stringify(chosen),
    countedKeys: JSON.stringify([rateKey.total, network, domain, ...chosen]),
    trapped: Number(visit.trapped),
    suspect: Number(visit.hurried || isForeign(visit.origin, asked.ownOrigin, newsletters)),
    vouched: Number(visit.vouched),
    challenge: covers ? proof.challenge : null,
    always: Number(challenge === "always"),
    attack: challenge === "never" ? never : asked.attack,
    mostNetwork: most.network,
    mostProven: most.network * provenFactor,
    mostDomain: bigProviders.has(asked.domain) ? never : most.domain,
    mostNewsletter: most.newsletter,
    mostTotal: most.total,
  };
}

/** A page of a site that no chosen newsletter lists, where each has a list: a signal, never a refusal (DOI-25). */
function isForeign(origin: string | null, own: string, newsletters: readonly OpenNewsletter[]): boolean {
  if (origin === null || origin === "null" || origin === own) return false;
  return newsletters.length > 0 && newsletters.every(({ origins }) => origins.length > 0 && !origins.includes(origin));
}

/** SQL of the guard for one commit, over the slots of its values. */
export interface Judgement {
  /** A select of one row: crowded, slow, trapped, lane (ms UTC of the next place in the slow lane). */
  readonly judged: RawBuilder<unknown>;
  /** Why nothing leaves, or null; over `judged`. `waits`: whether a mail waits already, which takes the request in. */
  skip(waits: RawBuilder<boolean>, now: RawBuilder<number>): RawBuilder<string | null>;
  readonly slow: RawBuilder<boolean>;
  /** The statement that counts, behind the one that owes; `owed`: whether that has just put a mail into the slow lane. */
  count(owed: (lane: RawBuilder<number>) => RawBuilder<boolean>, now: RawBuilder<number>): RawBuilder<unknown>;
}

/** Judges a sign-up inside its commit: limits, level and slow lane are read where they are written, so that two processes agree. */
export function judge(at: Slots<GuardValues>, now: RawBuilder<number>): Judgement {
  const place = sql<number>`max(${now}, ${laneEnd()} + ${sql.lit(laneGap)})`;
  const judged = sql`select ${at.trapped} trapped, ${place} lane,
      c.network >= iif(c.proven, ${at.mostProven}, ${at.mostNetwork}) crowded,
      c.domain >= ${sql.lit(longestDomain)} * c.factor * ${at.mostDomain} overfull,
      (${at.suspect} or c.domain >= c.factor * ${at.mostDomain} or c.newsletter >= c.factor * ${at.mostNewsletter}
        or c.total >= c.factor * ${at.mostTotal} or (not c.proven and (${at.always} or c.lately >= ${at.attack}))) slow
    from (select *, iif(proven, ${sql.lit(provenFactor)}, 1) factor from (
      select (${at.vouched} or (${at.challenge} is not null and not ${isSpent(at.challenge)})) proven,
      ${counted(at.network, at.since)} network, ${counted(at.domain, at.since)} domain,
      ${countedMost(at.newsletterKeys, at.since)} newsletter, t.total, t.lately
      from (${countedTotal(at)}) t limit 1)) c`;
  return {
    judged,
    slow: sql<boolean>`g.slow`,
    skip: (waits, asked) => sql<
      string | null
    >`case when g.crowded then 'network' when g.trapped then 'trap' when g.overfull and not ${waits} then 'flood'
      when g.slow and g.lane > ${asked} + ${sql.lit(longestLane)} and not ${waits} then 'flood' end`,
    count: (owed, asked) => {
      const end = laneEnd();
      return count(
        at.countedKeys,
        at.start,
        sql<number>`iif(${owed(end)}, max(${asked}, ${end} + ${sql.lit(laneGap)}), ${end})`,
      );
    },
  };
}

/** SQL: whether the mail that waits for a subscriber has just been put into the slow lane, which ended at `lane` before. */
export function justSlowed(
  subscriber: RawBuilder<number>,
  now: RawBuilder<number>,
): (lane: RawBuilder<number>) => RawBuilder<boolean> {
  return (lane) => sql<boolean>`exists (select 1 from notices where subscriber = ${subscriber}
    and kind in ('confirmation', 'already') and batch is null and state is null
    and reason = ${slowly} and created_at = ${now} and due_at > ${lane})`;
}
