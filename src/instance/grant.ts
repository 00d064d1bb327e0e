import { sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { hashToken, scopes } from "./tokens.ts";

export const grantSchema = z.strictObject({
  name: z.string().trim().min(1).max(80),
  scopes: z.array(z.enum(scopes)).min(1),
});

export type GrantInput = z.input<typeof grantSchema>;

/**
 * Lets a secret that was chosen outside hold every scope, in an instance that has never had a token; true if it does from now on.
 * Throws `misconfigured` for one that could be guessed.
 */
export async function grantFirst(ctx: AppContext, secret: string): Promise<boolean> {
  if (!/^[\x21-\x7e]{32,200}$/.test(secret)) {
    throw new AppError("misconfigured", "The first admin token is too short to be safe, or holds spaces.", {
      field: "TIDINGS_FIRST_TOKEN",
      hint: "Make one with: openssl rand -hex 32",
    });
  }
  const { rows } = await sql`
    insert into tokens (hash, name, scopes, created_at)
    select ${hashToken(secret)}, 'first admin', ${JSON.stringify(scopes)}, ${ctx.clock()}
    where not exists (select 1 from tokens) returning id`.execute(ctx.store.db);
  return rows.length === 1;
}

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
