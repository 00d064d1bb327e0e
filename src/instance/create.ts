import type { AppContext } from "../context.ts";

/** Makes the instance record unless there is one; true if this call made it. Two starts at once make one. */
export async function createInstance(ctx: AppContext): Promise<boolean> {
  const { signer } = ctx;
  const made = await ctx.store.db
    .insertInto("instance")
    .values({
      id: 1,
      uid: hex(ctx.random(10)),
      created_at: ctx.clock(),
      key_ids: JSON.stringify([[signer.currentKey, signer.fingerprint(signer.currentKey)]]),
    })
    .onConflict((clash) => clash.doNothing())
    .returning("id")
    .execute();
  return made.length === 1;
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
