import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { type RawBuilder, sql } from "kysely";

/** A body that is kept for ever under its hash, and the statement that keeps it; the same body twice is one row (REL-04). */
export function packText(
  kind: "issue" | "notices",
  body: string,
  at: number,
): { hash: string; keep: RawBuilder<unknown> } {
  const hash = bytesToHex(sha256(utf8ToBytes(body)));
  const keep = sql`insert into contents (hash, kind, body, created_at) values (${hash}, ${kind}, ${body}, ${at})
    on conflict (hash) do nothing`;
  return { hash, keep };
}
