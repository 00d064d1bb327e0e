import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";

/** Statement: breaks its commit, by JSON that is none, unless the person is still there at this address (STACK §4.2). */
export function stillThere(subscriber: number, emailKey: string): RawBuilder<unknown> {
  return sql`select json(iif(exists (select 1 from subscribers where id = ${subscriber} and email_key = ${emailKey}),
    'true', 'erased or moved meanwhile'))`;
}

/** Whether a commit that `stillThere` was part of has failed for another reason: the person is there, at this address. */
export async function isThere(ctx: AppContext, subscriber: number, emailKey: string): Promise<boolean> {
  const row = await ctx.store.db
    .selectFrom("subscribers")
    .select("id")
    .where("id", "=", subscriber)
    .where("email_key", "=", emailKey)
    .executeTakeFirst();
  return row !== undefined;
}
