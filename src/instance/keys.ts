import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";

/** Refuses to run with a key ring that lacks a key the database knows: links in mails already sent would be dead. */
export async function checkKeys(ctx: AppContext): Promise<void> {
  const row = await ctx.store.db.selectFrom("instance").select("key_ids").executeTakeFirst();
  if (row === undefined) return;
  const known = JSON.parse(row.key_ids) as [number, string][];
  const lost = known.filter(([id, print]) => !ctx.signer.keyIds.includes(id) || ctx.signer.fingerprint(id) !== print);
  if (lost.length > 0) {
    const ids = lost.map(([id]) => id).join(", ");
    throw new AppError("misconfigured", `The key ring does not fit this database: key ${ids} is missing or another.`, {
      field: "TIDINGS_KEYS",
      hint: "Put back the key ring that belongs to the database; every backup holds it.",
    });
  }
  const { currentKey } = ctx.signer;
  if (known.some(([id]) => id === currentKey)) return;
  const ids = JSON.stringify([...known, [currentKey, ctx.signer.fingerprint(currentKey)]]);
  await ctx.store.db.updateTable("instance").set({ key_ids: ids }).where("key_ids", "=", row.key_ids).execute();
}
