import { type RawBuilder, sql } from "kysely";
import type { Signer } from "../mail/tokens.ts";

export type SuppressionReason = "complaint" | "hard-bounce" | "soft-bounce" | "manual";

/** One address that must not be mailed; `newsletter` 0: for any. */
export interface SuppressionEntry {
  readonly emailKey: string;
  readonly newsletter: number;
  readonly reason: SuppressionReason;
  readonly origin: string;
  readonly at: number;
  /** Ms UTC at which it ends by itself; null or absent: for good. */
  readonly until?: number | null | RawBuilder<number | null>;
}

/**
 * The statement that suppresses an address, when `when` holds. A stronger reason is never weakened, nor what is for good ever
 * limited (RULES §5), so that entries come to the same in any order.
 */
export function suppress(entry: SuppressionEntry, when: RawBuilder<boolean> = sql`true`): RawBuilder<{ id: number }> {
  return sql<{ id: number }>`
    insert into suppressions (newsletter, email_key, reason, origin, at, until)
    select ${entry.newsletter}, ${entry.emailKey}, ${entry.reason}, ${entry.origin}, ${entry.at}, ${entry.until ?? null}
    where ${when} ${orStronger()}`;
}

/** The statement that suppresses subscribers everywhere whose mailboxes do not exist; `readers` selects their ids. */
export function suppressUnreachable(
  readers: RawBuilder<unknown>,
  entry: { origin: string; at: number },
  when: RawBuilder<unknown>,
): RawBuilder<{ id: number }> {
  return sql<{ id: number }>`
    insert into suppressions (newsletter, email_key, reason, origin, at)
    select 0, p.email_key, 'hard-bounce', ${entry.origin}, ${entry.at} from subscribers p
    where p.id in (${readers}) and ${when} ${orStronger()}`;
}

/** What is known already stays, unless the new reason is stronger or lasts longer. */
function orStronger(): RawBuilder<unknown> {
  const isStronger = sql`${strength(sql`excluded.reason`)} > ${strength(sql`suppressions.reason`)}`;
  return sql`on conflict (email_key, newsletter) do update set
      reason = iif(${isStronger}, excluded.reason, suppressions.reason),
      origin = iif(${isStronger}, excluded.origin, suppressions.origin),
      at = iif(${isStronger}, excluded.at, suppressions.at),
      until = iif(suppressions.until is null or excluded.until is null, null, max(suppressions.until, excluded.until))
      where ${isStronger} or coalesce(excluded.until, 9e18) > coalesce(suppressions.until, 9e18)
    returning id`;
}

function strength(reason: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`case ${reason} when 'complaint' then 4 when 'hard-bounce' then 3 when 'manual' then 2 else 1 end`;
}

/** A keyed hash of an address under each key of the ring: erased rows are found by hash alone. */
export interface AddressHash {
  readonly hash: string;
  readonly keyId: number;
}

/** The hashes by which an address would be remembered, one for each key of the ring. */
export function addressHashes(signer: Signer, emailKey: string): AddressHash[] {
  return signer.keyIds.map((keyId) => ({ hash: signer.keyedHash("suppression", emailKey, keyId), keyId }));
}

/**
 * The statement that remembers an erased address by keyed hash alone (SUP-02). A complaint or hard bounce stays one, where it was
 * for good, and so does the word never to write again: an objection outlives the erasure (LAW-05).
 */
export function rememberErased(entry: AddressHash & { emailKey: string; at: number }): RawBuilder<unknown> {
  return sql`
    insert into suppressions (hash, key_id, reason, origin, at)
    values (${entry.hash}, ${entry.keyId}, coalesce(
      (select reason from suppressions where email_key = ${entry.emailKey} and newsletter = 0
        and reason in ('complaint', 'hard-bounce', 'manual') and until is null), 'erased'),
      'erasure', ${entry.at})
    on conflict (hash, key_id, newsletter) do update set reason = excluded.reason, at = excluded.at
      where ${strength(sql`excluded.reason`)} > ${strength(sql`suppressions.reason`)}`;
}

/** SQL: true where an address was erased, so that only its hash may be kept; a person who came back is a person again. */
export function isErased(emailKey: string, hashes: readonly AddressHash[]): RawBuilder<boolean> {
  return sql<boolean>`(exists (select 1 from suppressions x where (x.hash, x.key_id) in (${listed(hashes)}))
    and not exists (select 1 from subscribers p where p.email_key = ${emailKey}))`;
}

/** The statement that notes a complaint or hard bounce on an address that is remembered by hash alone, when `when` holds. */
export function suppressErased(
  hashes: readonly AddressHash[],
  entry: { reason: "complaint" | "hard-bounce"; at: number },
  when: RawBuilder<boolean>,
): RawBuilder<unknown> {
  return sql`update suppressions set reason = ${entry.reason}, at = ${entry.at}
    where (hash, key_id) in (${listed(hashes)})
      and ${strength(sql`${entry.reason}`)} > ${strength(sql`suppressions.reason`)} and ${when}`;
}

function listed(hashes: readonly AddressHash[] | RawBuilder<string>): RawBuilder<unknown> {
  const json = "compile" in hashes ? hashes : sql`${JSON.stringify(hashes)}`;
  return sql`select j.value ->> 'hash', j.value ->> 'keyId' from json_each(${json}) j`;
}

/** The statement that deletes what is known of an address in plain. */
export function forgetAddress(emailKey: string): RawBuilder<unknown> {
  return sql`delete from suppressions where email_key = ${emailKey}`;
}

/** The statement that forgets an erasure, once the person has opted in afresh; the hashes may be SQL of their JSON. */
export function forgetErased(
  hashes: readonly AddressHash[] | RawBuilder<string>,
  when: RawBuilder<boolean>,
): RawBuilder<unknown> {
  return sql`
    delete from suppressions where reason = 'erased' and (hash, key_id) in (${listed(hashes)}) and ${when}`;
}

/**
 * True in SQL where an erased address had complained, bounced for good or asked never to be written to: it gets nothing more, not
 * even a question. The hashes may be SQL of their JSON.
 */
export function barred(hashes: readonly AddressHash[] | RawBuilder<string>): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select 1 from suppressions x where x.reason <> 'erased' and (x.hash, x.key_id) in (${listed(hashes)}))`;
}

/** True in SQL where an address must not be mailed for a newsletter. Both arguments are SQL. */
export function suppressed(emailKey: RawBuilder<string>, newsletter: RawBuilder<number>): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select 1 from suppressions x where x.email_key = ${emailKey} and x.newsletter in (0, ${newsletter}))`;
}

/** The statement that lets what keeps an address from single newsletters hold for the reader's new one too, when `when` holds. */
export function carrySuppressions(
  from: RawBuilder<string>,
  to: string,
  when: RawBuilder<boolean>,
): RawBuilder<unknown> {
  return sql`insert into suppressions (newsletter, email_key, reason, origin, at, until)
    select newsletter, ${to}, reason, origin, at, until from suppressions
    where email_key = ${from} and newsletter <> 0 and ${when}
    on conflict do nothing`;
}
