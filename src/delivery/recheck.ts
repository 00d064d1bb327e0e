import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { suppressed } from "../suppression/suppress.ts";
import type { Claim, IssueClaim } from "./claim.ts";

/** Members of a batch frozen earlier who must not be mailed any more. */
export interface Gone {
  /** Left, suppressed or erased since. */
  readonly all: number;
  /** Of these, erased: their address may be kept no longer than it takes. */
  readonly erased: number;
}

/** How many members of a frozen issue batch have gone since it was frozen. */
export async function goneFromIssue(ctx: AppContext, claim: IssueClaim): Promise<Gone> {
  const { rows } = await sql<Gone>`
    select count(*) "all", coalesce(sum(p.id is null), 0) erased from json_each(${claim.members}) m
    left join subscribers p on p.id = m.value ->> 0
    left join subscriptions s on s.newsletter = ${claim.newsletter} and s.subscriber = p.id and s.status = 'active'
    where s.subscriber is null or ${suppressed(sql`p.email_key`, sql`${claim.newsletter}`)}`.execute(ctx.store.db);
  return rows[0] ?? { all: 0, erased: 0 };
}

/**
 * The same of a batch of notices; test mails go to whoever was named. A notice that is gone was about an address that was erased.
 */
export async function goneFromNotices(ctx: AppContext, claim: Claim): Promise<Gone> {
  const { rows } = await sql<Gone>`
    select count(*) "all", coalesce(sum(n.id is null or (m.value ->> 'subscriber' is not null and p.id is null)), 0) erased
    from json_each(${claim.members ?? "[]"}) m
    left join notices n on n.id = m.value ->> 'id' left join subscribers p on p.id = m.value ->> 'subscriber'
    where n.id is null or (m.value ->> 'subscriber' is not null and (p.id is null or ${suppressed(sql`p.email_key`, sql`0`)}))
      or (n.kind = 'address' and ${suppressed(sql`lower(n.address)`, sql`0`)})`.execute(ctx.store.db);
  return rows[0] ?? { all: 0, erased: 0 };
}
