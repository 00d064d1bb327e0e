import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Context, MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError, httpStatus } from "../errors.ts";
import { misfit } from "../input.ts";
import { authenticate, type Scope, scopes } from "../instance/tokens.ts";
import { readCapped } from "./body.ts";
import { networkOf } from "./client.ts";
import type { Env } from "./env.ts";
import { createGuesses } from "./guesses.ts";

/** The admin API's requests: public ones, with what their token may do. */
export interface AdminEnv extends Env {
  Variables: Env["Variables"] & { readonly scopes: readonly Scope[] };
}

/** How an admin API is opened. */
export interface AdminOptions {
  /** A secret of this process alone that holds every scope; for a command line that works on its own database. */
  readonly operatorToken?: string;
}

/** Most bytes of a request (SEC-15): issue files are large, everything else is a few fields. */
export const longestRequest = { issue: 2 * 1024 * 1024, other: 64 * 1024 } as const;

/** What a route needs: spread into `createRoute`, so that the document and the check cannot differ. */
export type Guard = (
  scope: Scope,
  most?: number,
) => { security: { bearer: Scope[] }[]; middleware: MiddlewareHandler<AdminEnv> };

/** Guards of one admin API. A route behind one answers 401 without a valid token, 403 without the scope, 413 over `most` bytes. */
export function createGuard(ctx: AppContext, options: AdminOptions): Guard {
  const operator = options.operatorToken === undefined ? null : sha256(utf8ToBytes(options.operatorToken));
  const guesses = createGuesses(ctx.clock);
  return (scope, most = longestRequest.other) => {
    return {
      security: [{ bearer: [scope] }],
      middleware: async (c, next) => {
        const held = await scopesOf(ctx, c, operator);
        // A missing token is no guess.
        const guessed = held === null && c.req.header("authorization") !== undefined;
        if (held === null) throw refusal(guessed && guesses.tooMany(networkOf(ctx.config, c)));
        if (!held.includes(scope)) throw new AppError("forbidden", `The admin token lacks the scope "${scope}".`);
        c.set("scopes", held);
        await holdBody(c, most);
        return next();
      },
    };
  };
}

function refusal(often: boolean): AppError {
  if (!often) return new AppError("unauthorized", "The admin token is missing, unknown or revoked.");
  return new AppError("too-many", "Too many requests without a valid admin token came from this address.", {
    hint: "Wait ten minutes, or use a valid token: those are answered at any time.",
  });
}

/** Reads the body once, up to `most` bytes, and puts a request that holds it in place of the one that streamed it. */
async function holdBody(c: Context<AdminEnv>, most: number): Promise<void> {
  const { raw } = c.req;
  if (raw.body === null) return;
  const body = await readCapped(raw, most);
  if (body === "too-large") throw new AppError("too-large", `The request has more than ${most / 1024} kB.`);
  if (body === "unreadable") throw new AppError("invalid", "The request broke off before its end.");
  // By its parts: the Node edge's request is one in shape only, which `new Request(raw)` refuses.
  c.req.raw = new Request(raw.url, { method: raw.method, headers: raw.headers, body });
}

async function scopesOf(
  ctx: AppContext,
  c: Context<AdminEnv>,
  operator: Uint8Array | null,
): Promise<readonly Scope[] | null> {
  const secret = /^Bearer +(\S+) *$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (secret === undefined) return null;
  if (operator !== null && isSame(sha256(utf8ToBytes(secret)), operator)) return scopes;
  return authenticate(ctx, secret);
}

/** Compares digests of equal length in constant time (SEC-18). */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.reduce((difference, byte, at) => difference | (byte ^ (b[at] ?? 0)), 0) === 0;
}

/** For `defaultHook`: a request that does not fit its schema is refused as the verbs refuse it. */
export function refuseMisfit(result: { success: boolean; error?: z.ZodError }): void {
  if (!result.success && result.error !== undefined) throw misfit(result.error);
}

/** Headers of every answer of the API; without `Access-Control-*`, so that no page of another site can read one (SEC-14). */
export const adminHeaders = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" } as const;

/** For `app.onError` below /api: one shape for every refusal; a bug is logged and says nothing of itself (SEC-24). */
export function adminFailure(ctx: AppContext, c: Context<Env>, error: Error): Response {
  const refusal = error instanceof HTTPException ? explainHttp(error) : error;
  if (!(refusal instanceof AppError) || httpStatus(refusal.code) >= 500) {
    ctx.log.error("request.failed", { method: c.req.method, path: c.req.path, error: error.stack ?? error.message });
  }
  if (!(refusal instanceof AppError)) {
    return adminRefusal(c, new AppError("internal", "Something went wrong inside Tidings; its log says what."));
  }
  return adminRefusal(c, refusal);
}

/** Hono's own refusals: 400 for a damaged body, 415 for another type than JSON. */
function explainHttp(error: HTTPException): Error {
  if (error.status === 415)
    return new AppError("invalid", "Send JSON, with the header Content-Type: application/json.");
  return error.status === 400 ? new AppError("invalid", "The request's JSON is damaged.") : error;
}

/** `{ error: { code, message, field?, hint?, faults? } }` with the code's status. */
export function adminRefusal(c: Context<Env>, refusal: AppError): Response {
  const { code, message, details } = refusal;
  const headers: Record<string, string> = { ...adminHeaders };
  if (code === "unauthorized") headers["WWW-Authenticate"] = 'Bearer realm="tidings"';
  return c.json({ error: { code, message, ...details } }, httpStatus(code), headers);
}

/** 405 below /api. */
export function adminWrongMethod(c: Context<Env>, allowed: readonly string[]): Response {
  const methods = allowed.join(", ");
  const error = { code: "refused", message: `This address takes ${methods} alone.` };
  return c.json({ error }, 405, { ...adminHeaders, Allow: methods });
}
