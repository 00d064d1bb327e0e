import { type CompiledQuery, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { type GuardRow, type GuardSettings, toGuard } from "../instance/guard.ts";
import { prepareStatements } from "../store/prepared.ts";

/** A newsletter that takes sign-ups. */
export interface OpenNewsletter {
  readonly id: number;
  readonly slug: string;
  readonly origins: readonly string[];
}

/** All that a sign-up must know before its commit. */
export interface Desk {
  readonly confirmHours: number;
  readonly guard: GuardSettings;
  /** Those of the asked newsletters that are open. */
  readonly open: readonly OpenNewsletter[];
}

const read = prepareStatements<{ slugs: string }>(({ slugs }) => [
  sql`select confirm_hours, signup_limits, challenge, role_addresses, disposable, check_mx, turnstile_site, remind_hours,
      keep_unconfirmed_days, (select json_group_array(json_object('id', n.id, 'slug', n.slug, 'origins', json(n.origins)))
    from newsletters n where n.status = 'open' and n.slug in (select value from json_each(${slugs}))) open from instance`,
]);

/** Reads it by one statement; throws `misconfigured` where there is no instance. */
export async function readDesk(ctx: AppContext, slugs: readonly string[]): Promise<Desk> {
  const { db } = ctx.store;
  const [query] = read(db, { slugs: JSON.stringify(slugs) });
  const { rows } = await db.executeQuery(
    query?.compile(db) as CompiledQuery<GuardRow & { confirm_hours: number; open: string }>,
  );
  const [row] = rows;
  if (row === undefined) {
    throw new AppError("misconfigured", "This database holds no instance yet.", { hint: "Run: tidings init" });
  }
  return { confirmHours: row.confirm_hours, guard: toGuard(row), open: JSON.parse(row.open) as OpenNewsletter[] };
}
