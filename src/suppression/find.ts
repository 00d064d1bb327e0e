import type { AppContext } from "../context.ts";

/** A suppression as listed; `address` is null where only a keyed hash is kept. */
export interface Suppression {
  readonly id: number;
  readonly address: string | null;
  readonly newsletter: string | null;
  readonly reason: string;
  readonly origin: string;
  readonly at: number;
  /** Ms UTC at which it ends by itself; null: never. */
  readonly until: number | null;
}

/** Suppressions, newest first, at most `limit`, those before id `before`. */
export async function listSuppressions(
  ctx: AppContext,
  page: { before?: number | undefined; limit: number },
): Promise<Suppression[]> {
  let query = ctx.store.db
    .selectFrom("suppressions as x")
    .leftJoin("newsletters as n", "n.id", "x.newsletter")
    .select(["x.id", "x.email_key as address", "n.slug as newsletter", "x.reason", "x.origin", "x.at", "x.until"]);
  if (page.before !== undefined) query = query.where("x.id", "<", page.before);
  return query.orderBy("x.id", "desc").limit(page.limit).execute();
}
