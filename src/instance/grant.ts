import * as z from "zod";
import type { AppContext } from "../context.ts";
import { parseInput } from "../input.ts";
import { hashToken, scopes } from "./tokens.ts";

export const grantSchema = z.strictObject({
  name: z.string().trim().min(1).max(80),
  scopes: z.array(z.enum(scopes)).min(1),
});

export type GrantInput = z.input<typeof grantSchema>;

/** Makes an admin token; `secret` is told this once and kept only as a hash. */
export async function grantToken(ctx: AppContext, input: GrantInput): Promise<{ id: number; secret: string }> {
  const given = parseInput(grantSchema, input);
  const secret = `tid_${base64url(ctx.random(32))}`;
  const row = await ctx.store.db
    .insertInto("tokens")
    .values({
      hash: hashToken(secret),
      name: given.name,
      scopes: JSON.stringify([...new Set(given.scopes)]),
      created_at: ctx.clock(),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return { id: row.id, secret };
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}
