import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { AppContext } from "../context.ts";

export const scopes = ["read", "write", "send"] as const;
export type Scope = (typeof scopes)[number];

/** An admin token as listed: never the secret itself. */
export interface AdminToken {
  readonly id: number;
  readonly name: string;
  readonly scopes: Scope[];
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** What is stored instead of a token (SEC-22). */
export function hashToken(secret: string): string {
  return bytesToHex(sha256(utf8ToBytes(secret)));
}

/** All admin tokens, oldest first, revoked ones included. */
export async function listTokens(ctx: AppContext): Promise<AdminToken[]> {
  const rows = await ctx.store.db.selectFrom("tokens").selectAll().orderBy("id").execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    scopes: JSON.parse(row.scopes) as Scope[],
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  }));
}

const minute = 60_000;

/** The scopes of a presented token, or null for an unknown or revoked one; notes its use to the minute. */
export async function authenticate(ctx: AppContext, secret: string): Promise<Scope[] | null> {
  // Looked up by digest: the comparison's timing tells about the hash, not about the token (SEC-18).
  const row = await ctx.store.db
    .selectFrom("tokens")
    .select(["id", "scopes", "last_used_at"])
    .where("hash", "=", hashToken(secret))
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (row === undefined) return null;
  const now = ctx.clock();
  if (row.last_used_at === null || now - row.last_used_at > minute) {
    await ctx.store.db.updateTable("tokens").set({ last_used_at: now }).where("id", "=", row.id).execute();
  }
  return JSON.parse(row.scopes) as Scope[];
}
