import { type RawBuilder, sql } from "kysely";
import type { Signer } from "../mail/tokens.ts";

export type SuppressionReason = "complaint" | "hard-bounce" | "manual";

/** The statement that suppresses an address (`newsletter` 0: everywhere); a stronger reason is never weakened (RULES §5). */
export function suppress(entry: {
  emailKey: string;
  newsletter: number;
  reason: SuppressionReason;
  origin: string;
  at: number;
}): RawBuilder<{ id: number }> {
  return sql<{ id: number }>`
    insert into suppressions (newsletter, email_key, reason, origin, at)
    values (${entry.newsletter}, ${entry.emailKey}, ${entry.reason}, ${entry.origin}, ${entry.at})
    on conflict (email_key, newsletter) do update set reason = excluded.reason, origin = excluded.origin, at = excluded.at
      where ${strength(sql`excluded.reason`)} > ${strength(sql`suppressions.reason`)}
    returning id`;
}

function strength(reason: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`case ${reason} when 'complaint' then 3 when 'hard-bounce' then 2 else 1 end`;
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

/** The statement that remembers an erased address by keyed hash alone (SUP-02); a complaint or hard bounce stays one. */
export function rememberErased(entry: AddressHash & { emailKey: string; at: number }): RawBuilder<unknown> {
  return sql`
    insert into suppressions (hash, key_id, reason, origin, at)
    values (${entry.hash}, ${entry.keyId}, coalesce(
      (select reason from suppressions where email_key = ${entry.emailKey} and newsletter = 0 and reason <> 'manual'), 'erased'),
      'erasure', ${entry.at})
    on conflict (hash, key_id, newsletter) do update set reason = excluded.reason, at = excluded.at
      where suppressions.reason = 'erased' and excluded.reason <> 'erased'`;
}

/** The statement that deletes what is known of an address in plain. */
export function forgetAddress(emailKey: string): RawBuilder<unknown> {
  return sql`delete from suppressions where email_key = ${emailKey}`;
}

/** The statement that forgets an erasure, once the person has opted in afresh. */
export function forgetErased(hashes: readonly AddressHash[], when: RawBuilder<boolean>): RawBuilder<unknown> {
  return sql`
    delete from suppressions where reason = 'erased' and (hash, key_id) in (
      select j.value ->> 'hash', j.value ->> 'keyId' from json_each(${JSON.stringify(hashes)}) j)
    and ${when}`;
}

/** True in SQL where an erased address had complained or bounced for good: it gets nothing more, not even a question. */
export function barred(hashes: readonly AddressHash[]): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select 1 from suppressions x where x.reason <> 'erased' and (x.hash, x.key_id) in (
      select j.value ->> 'hash', j.value ->> 'keyId' from json_each(${JSON.stringify(hashes)}) j))`;
}

/** True in SQL where an address must not be mailed for a newsletter. Both arguments are SQL. */
export function suppressed(emailKey: RawBuilder<string>, newsletter: RawBuilder<number>): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select 1 from suppressions x where x.email_key = ${emailKey} and x.newsletter in (0, ${newsletter}))`;
}
