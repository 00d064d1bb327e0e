import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { AppContext } from "../context.ts";

/** What names a consent's wording where it is kept: 64 hexadecimal digits. */
export function wordingId(wording: string): string {
  return bytesToHex(sha256(utf8ToBytes(wording)));
}

/** A wording that a sign-up has kept before, by its name; null for any other. */
export async function keptWording(ctx: AppContext, id: string): Promise<string | null> {
  if (!/^[0-9a-f]{64}$/.test(id)) return null;
  const kept = await ctx.store.db.selectFrom("wordings").select("text").where("hash", "=", id).executeTakeFirst();
  return kept?.text ?? null;
}
