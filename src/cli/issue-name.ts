import { existsSync } from "node:fs";
import { AppError } from "../errors.ts";
import type { IssueName } from "../issue/find.ts";
import { readText } from "./input-file.ts";

/** What a command was pointed at: an issue file, or an issue that is kept already. */
export type Target =
  | { readonly kind: "file"; readonly path: string; readonly source: string }
  | ({ readonly kind: "kept" } & IssueName);

const name = /^([a-z0-9][a-z0-9-]*)\/([a-z0-9][a-z0-9-]*)$/;

/** Reads FILE, or NEWSLETTER/SLUG where no such file is. Throws `invalid`. */
export function readTarget(word: string): Target {
  const kept = existsSync(word) ? null : readName(word);
  return kept === null ? { kind: "file", path: word, source: readText(word) } : { kind: "kept", ...kept };
}

/** Reads NEWSLETTER/SLUG; null for anything else. */
export function readName(word: string): IssueName | null {
  const [, newsletter, slug] = name.exec(word) ?? [];
  return newsletter === undefined || slug === undefined ? null : { newsletter, slug };
}

/** Reads NEWSLETTER/SLUG; throws `invalid` for anything else. */
export function requireName(word: string): IssueName {
  const found = readName(word);
  if (found !== null) return found;
  throw new AppError("invalid", `"${word}" is no name of an issue.`, { hint: "It looks like morning/2026-11-23" });
}
