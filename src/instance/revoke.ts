import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";

/** Ends an admin token at once; revoking it again changes nothing. Throws `not-found`. */
export async function revokeToken(ctx: AppContext, input: { id: number }): Promise<void> {
  const [row] = await ctx.store.db
    .updateTable("tokens")
    .set((eb) => ({ revoked_at: eb.fn.coalesce("revoked_at", eb.val(ctx.clock())) }))
    .where("id", "=", input.id)
    .returning("id")
    .execute();
  if (row === undefined) {
    throw new AppError("not-found", `There is no token ${input.id}.`, { hint: "List them with: tidings token list" });
  }
}
