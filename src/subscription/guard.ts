import { type RawBuilder, sql } from "kysely";
import type { GuardSettings } from "../instance/guard.ts";
import { clockGrace } from "../instance/hold.ts";
import type { Signer } from "../mail/tokens.ts";
import type { Slots } from "../store/prepared.ts";
import type { OpenNewsletter } from "./desk.ts";
import { domainKey, networkKey } from "./level.ts";
import { isSpent } from "./proofs.ts";
import { bigProviders } from "./providers.ts";
import {
  count,
  counted,
  countedDay,
  countedMost,
  countedTotal,
  held,
  lookBack,
  lookBackDay,
  rateKey,
  shareBefore,
  stretchOf,
} from "./rates.ts";
import type { Visit } from "./visit.ts";

/** Between two mails of the slow lane, in ms: ten a minute. */
export const laneGap = 6_000;

/** A mail that would have to wait longer in the slow lane never leaves, in ms. */
export const longestLane = 24 * 3_600_000;

/**
 * With a proof of work, so many times as much is allowed: what sign-ups without one have filled must not hold up those that have
 * paid for themselves.
 */
export const provenFactor = 5;

/** Beyond so many times its limit, a domain gets nothing more: every address of it may be read in one mailbox. */
export const longestDomain = 2;

/** In a day a domain gets so many times what it may in an hour: a patient flood of one mailbox stays under the hour's limit. */
export const domainDay = 5;

/** Higher than any count. */
const never = 9e15;

/** What the guard's statements are filled with. */
export interface GuardValues {
  readonly start: number;
  readonly since: number;
  /** As far as the domain's counts are looked at. */
  readonly sinceDay: number;
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
  const big = bigProviders.has(asked.domain);
  const covers = proof !== null && newsletters.every(({ slug }) => proof.newsletters.includes(slug));
  return {
    start: stretchOf(now),
    since: stretchOf(now) - lookBack,
    sinceDay: stretchOf(now) - (big ? lookBack : lookBackDay),
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
    mostDomain: big ? never : most.domain,
    mostNewsletter: most.newsletter,
    mostTotal: most.total,
  };
}

/** A page of a site that no chosen newsletter lists, where each has a list: a signal, never a refusal (DOI-25). */
function isForeign(origin: string | null, own: string, newsletters: readonly OpenNewsletter[]): boolean {
  // A page that hides its origin says "null", which any page can have the browser say.
  if (origin === null || origin === own) return false;
  return newsletters.length > 0 && newsletters.every(({ origins }) => origins.length > 0 && !origins.includes(origin));
}

/** What a sign-up was judged to be, as bits that the statement which counts leaves behind for those after it. */
const verdict = { crowded: 1, trapped: 2, overfull: 4, slow: 8, laneFull: 16 } as const;

/** SQL of the guard for one commit, over the slots of its values. */
export interface Judgement {
  /**
   * The statement that judges and counts, before all that look at `judged`. A sign-up that is slow takes its place in the lane
   * whatever becomes of its mail: from the places of others nobody must learn who has an address (I7).
   */
  readonly count: RawBuilder<unknown>;
  /** A select of one row: crowded, trapped, overfull, slow and lane_full. */
  readonly judged: RawBuilder<unknown>;
  /** SQL: true where nothing may come of a sign-up, not even a change of what is known. */
  readonly inert: RawBuilder<boolean>;
  readonly slow: RawBuilder<boolean>;
  /** When a slow one may leave by its place in the lane, ms UTC. */
  readonly lane: RawBuilder<number | null>;
  /**
   * Why nothing leaves, or null; over `judged`. `waits`: whether a mail waits already, which takes the request in; `proven`: whether
   * the address was confirmed before, so that its domain's limit is not about it.
   */
  skip(waits: RawBuilder<boolean>, proven: RawBuilder<boolean>): RawBuilder<string | null>;
}

/** Judges a sign-up inside its commit: limits, level and slow lane are read where they are written, so that two processes agree. */
export function judge(at: Slots<GuardValues>, now: RawBuilder<number>): Judgement {
  const bit = (name: keyof typeof verdict) => sql.lit(verdict[name]);
  const of = (name: keyof typeof verdict) => sql`v.n & ${bit(name)}`;
  return {
    count: count(at.countedKeys, at.start, judgedNow(at, now)),
    judged: sql`select ${of("crowded")} crowded, ${of("trapped")} trapped, ${of("overfull")} overfull, ${of("slow")} slow,
      ${of("laneFull")} lane_full from rates v where v.key = ${sql.lit(rateKey.verdict)} and v.start = 0`,
    inert: sql<boolean>`(${held("verdict")} & ${sql.lit(verdict.crowded | verdict.trapped)})`,
    slow: sql<boolean>`g.slow`,
    lane: held("lane"),
    skip: (waits, proven) => sql<
      string | null
    >`case when g.crowded then 'network' when g.trapped then 'trap' when g.overfull and not ${waits} and not ${proven} then 'flood'
      when g.slow and g.lane_full and not ${waits} then 'flood' end`,
  };
}

/** A select of one row: the verdict, and when the slow lane ends by it. */
function judgedNow(at: Slots<GuardValues>, now: RawBuilder<number>): RawBuilder<unknown> {
  const bit = (name: keyof typeof verdict) => sql.lit(verdict[name]);
  const full = sql`j.place > ${now} + ${sql.lit(longestLane)}`;
  return sql`select iif(j.slow and not (j.crowded or j.trapped or j.overfull or ${full}), j.place, j.ends) lane,
      j.crowded * ${bit("crowded")} + j.trapped * ${bit("trapped")} + j.overfull * ${bit("overfull")} + j.slow * ${bit("slow")}
        + (${full}) * ${bit("laneFull")} verdict
    from (select ${at.trapped} trapped, c.ends, max(${now}, c.ends + ${sql.lit(laneGap)}) place,
      c.network >= iif(c.proven, ${at.mostProven}, ${at.mostNetwork}) crowded,
      (c.hour >= ${sql.lit(longestDomain)} * c.factor * ${at.mostDomain}
        or c.day >= ${sql.lit(domainDay)} * c.factor * ${at.mostDomain}) overfull,
      (${at.suspect} or c.hour >= c.factor * ${at.mostDomain} or c.newsletter >= c.factor * ${at.mostNewsletter}
        or c.total >= c.factor * ${at.mostTotal} or (not c.proven and (${at.always} or c.lately >= ${at.attack}))) slow
    from (select *, iif(proven, ${sql.lit(provenFactor)}, 1) factor from (
      select (${at.vouched} or (${at.challenge} is not null and not ${isSpent(at.challenge)})) proven,
      ${counted(at.network, at.since)} network, ${countedMost(at.newsletterKeys, at.since)} newsletter,
      a.hour, a.day, t.total, t.lately, ${laneEnd(now)} ends
      from (${countedTotal(at)}) t, (${countedDay(at.domain, at)}) a limit 1)) c limit 1) j`;
}

/** When the last mail of the slow lane is due; 0 where none ever was, or where only a clock that was ahead can have said so. */
function laneEnd(now: RawBuilder<number>): RawBuilder<number> {
  return sql<number>`coalesce((select iif(n > ${now} + ${sql.lit(longestLane + clockGrace)}, 0, n) from rates
    where key = ${sql.lit(rateKey.lane)} and start = 0), 0)`;
}
