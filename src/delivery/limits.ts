import { limitedDomain, type Room, warmUpLimit, windowEnd } from "./meters.ts";

/** A reader as frozen in a claim. */
export type Member = readonly [id: number, email: string, name: string];

/** What a limit is about; only batches of it have to wait. */
export type Scope = "all" | "newsletter" | "domain";

/** Members whom a limit keeps back. */
export interface KeptBack {
  readonly scope: Scope;
  readonly members: readonly number[];
  /** When they may be tried again, ms UTC. */
  readonly dueAt: number;
  /** The limit in words, where it surely is used up; null: others hold what may be left of it for a moment. */
  readonly reason: string | null;
}

/** Who of a batch may leave now, in order, and who has to wait. */
export interface Admission {
  readonly go: readonly Member[];
  readonly kept: readonly KeptBack[];
}

interface Limit {
  readonly scope: Scope;
  /** Mails that may still leave if all that fly now arrive. */
  room: number;
  /** The same without those that may yet turn back. */
  sure: number;
  readonly until: number;
  readonly words: string;
}

/** Every reason of a limit begins so; claims that wait for one are found by it. */
export const limitWords = "the limit of ";

const moment = 1_000;
const figure = (mails: number) => `${limitWords}${mails.toLocaleString("en")} ${mails === 1 ? "mail" : "mails"}`;

/** Divides a batch by what its limits leave. The order of the members stays. */
export function admit(room: Room, members: readonly Member[], now: number): Admission {
  const totals = totalLimits(room, now);
  const domains = domainLimits(room, now);
  const go: Member[] = [];
  const kept = new Map<Limit, number[]>();
  for (const member of members) {
    const domain = limitedDomain(room.domains, member[1]);
    const own = domain === null ? undefined : domains.get(domain);
    const full = [...(own === undefined ? [] : [own]), ...totals].find((limit) => limit.room <= 0);
    if (full !== undefined) {
      kept.set(full, [...(kept.get(full) ?? []), member[0]]);
      continue;
    }
    go.push(member);
    for (const limit of own === undefined ? totals : [own, ...totals]) {
      limit.room -= 1;
      limit.sure -= 1;
    }
  }
  return { go, kept: [...kept].map(([limit, ids]) => keptBack(limit, ids, now)) };
}

function keptBack(limit: Limit, members: readonly number[], now: number): KeptBack {
  const isFull = limit.sure <= 0;
  return {
    scope: limit.scope,
    members,
    dueAt: isFull ? limit.until : now + moment,
    reason: isFull ? limit.words : null,
  };
}

function totalLimits(room: Room, now: number): Limit[] {
  const limits: Limit[] = [];
  for (const [place, scope] of (["all", "newsletter"] as const).entries()) {
    const policy = room.policies[place];
    if (policy === undefined) continue;
    const key = scope === "all" ? "all" : `newsletter:${room.newsletter}`;
    const own = room.flying.filter(([newsletter]) => scope === "all" || newsletter === room.newsletter);
    const of = scope === "all" ? "" : " for this newsletter";
    const add = (most: number, span: "hour" | "day", words: string) => {
      const left = most - countLeft(room, key, span);
      const flying = (sure: boolean) => own.reduce((sum, [, size, isSure]) => sum + (sure && !isSure ? 0 : size), 0);
      const until = windowEnd(span, now);
      limits.push({ scope, room: left - flying(false), sure: left - flying(true), until, words });
    };
    const warmUp = warmUpLimit(policy, now);
    if (warmUp !== null)
      add(warmUp.mails, "day", `${figure(warmUp.mails)} on day ${warmUp.day} of the warm-up${of} is reached`);
    if (policy[0] !== null) add(policy[0], "hour", `${figure(policy[0])} an hour${of} is reached`);
  }
  return limits;
}

function domainLimits(room: Room, now: number): Map<string, Limit> {
  const limits = new Map<string, Limit>();
  for (const [domain, most] of Object.entries(room.domains)) {
    const left = most - countLeft(room, `domain:${domain}`, "hour");
    const flying = (sure: boolean) =>
      room.flying.reduce((sum, [, , isSure, to]) => sum + (sure && !isSure ? 0 : (to[domain] ?? 0)), 0);
    const words = `${figure(most)} an hour to ${domain} is reached`;
    const until = windowEnd("hour", now);
    limits.set(domain, { scope: "domain", room: left - flying(false), sure: left - flying(true), until, words });
  }
  return limits;
}

function countLeft({ left }: Room, key: string, span: "hour" | "day"): number {
  return left.find((one) => one[0] === key && one[1] === span)?.[2] ?? 0;
}
