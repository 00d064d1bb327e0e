import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Context } from "hono";
import type { Env } from "./env.ts";

/** Answers with a text for programs under its strong ETag; with 304 to whoever has the same text already (RFC 9110 §13.1.2). */
export function tagged(c: Context<Env>, body: string, headers: Record<string, string>): Response {
  const tag = `"${bytesToHex(sha256(utf8ToBytes(body))).slice(0, 32)}"`;
  const all = { ...headers, ETag: tag };
  return hasSame(c.req.header("if-none-match"), tag) ? c.body(null, 304, all) : c.body(body, 200, all);
}

/** Weak comparison: what a proxy has compressed comes back as W/"…". */
function hasSame(asked: string | undefined, tag: string): boolean {
  const known = (asked ?? "").split(",").map((entry) => entry.trim().replace(/^W\//, ""));
  return known.includes(tag) || known.includes("*");
}
