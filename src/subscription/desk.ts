import { type CompiledQuery, type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { type GuardRow, type GuardSettings, toGuard } from "../instance/guard.ts";
import { createMemory } from "../memory.ts";
import { prepareStatements } from "../store/prepared.ts";
import type { Query } from "../store/store.ts";

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
  /** The newsletters asked for, as JSON, and all of this as the database told it. */
  readonly slugs: string;
  readonly told: string;
}

type Told = GuardRow & { readonly confirm_hours: number; readonly open: readonly OpenNewsletter[] };

/** SQL: a select of what is told about newsletters, as JSON. */
const telling = (slugs: RawBuilder<string>) => sql<{ told: string }>`
  select json_object('confirm_hours', confirm_hours, 'signup_limits', signup_limits, 'challenge', challenge,
    'role_addresses', role_addresses, 'disposable', disposable, 'check_mx', check_mx, 'turnstile_site', turnstile_site,
    'remind_hours', remind_hours, 'keep_unconfirmed_days', keep_unconfirmed_days,
    'open', json((select json_group_array(json_object('id', n.id, 'slug', n.slug, 'origins', json(n.origins)))
      from newsletters n where n.status = 'open' and n.slug in (select value from json_each(${slugs}))))) told from instance`;

const read = prepareStatements<{ slugs: string }>(({ slugs }) => [telling(slugs)]);

// Breaks its commit, by JSON that is none (STACK §4.2).
const check = prepareStatements<{ slugs: string; told: string }>(({ slugs, told }) => [
  sql`select json(iif((${telling(slugs)}) is ${told}, 'true', 'told otherwise meanwhile'))`,
]);

/** By the newsletters asked for, as JSON. */
const desks = createMemory<AppContext, Desk>(200);

/** Reads it by one statement; throws `misconfigured` where there is no instance. */
export async function readDesk(ctx: AppContext, slugs: readonly string[]): Promise<Desk> {
  const { db } = ctx.store;
  const key = JSON.stringify(slugs);
  const [query] = read(db, { slugs: key });
  const { rows } = await db.executeQuery(query?.compile(db) as CompiledQuery<{ told: string }>);
  const [row] = rows;
  if (row === undefined) {
    throw new AppError("misconfigured", "This database holds no instance yet.", { hint: "Run: tidings init" });
  }
  const { told } = row;
  const all = JSON.parse(told) as Told;
  const desk = { confirmHours: all.confirm_hours, guard: toGuard(all), open: all.open, slugs: key, told };
  desks.set(ctx, key, desk);
  return desk;
}

/** Statement: breaks its commit unless all is still as the desk was told. */
export function stillTold(ctx: AppContext, { slugs, told }: Desk): Query[] {
  return check(ctx.store.db, { slugs, told });
}

/**
 * Acts on what is remembered of the desk, which spares a read; and once more on what is so now, where its commit broke for that, or
 * the result is one that no commit has checked. `act` must hand `stillTold` to its commit.
 */
export async function atDesk<T>(
  ctx: AppContext,
  slugs: readonly string[],
  act: (desk: Desk) => Promise<T>,
  isChecked: (result: T) => boolean,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const remembered = tries === 1 ? desks.get(ctx, JSON.stringify(slugs)) : undefined;
    const desk = remembered ?? (await readDesk(ctx, slugs));
    try {
      const result = await act(desk);
      if (remembered === undefined || isChecked(result)) return result;
    } catch (fault) {
      if (tries === 3 || (await readDesk(ctx, slugs)).told === desk.told) throw fault;
    }
  }
}
