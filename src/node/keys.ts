import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../errors.ts";
import { newKeyRing, parseKeyRing } from "../mail/key-ring.ts";
import type { KeyRing } from "../mail/tokens.ts";

/** Reads the key ring; makes one with a fresh key of 32 bytes when `mayCreate`. Throws `misconfigured`. */
export function readKeyRing(path: string, mayCreate: boolean): KeyRing {
  if (!existsSync(path)) {
    if (!mayCreate) throw lost(path);
    createRing(path);
  }
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0 && process.platform !== "win32") {
    throw new AppError("misconfigured", `The key ring ${path} can be read by others (mode ${mode.toString(8)}).`, {
      field: "TIDINGS_KEYS",
      hint: `Run: chmod 600 ${path}`,
    });
  }
  return parseRing(readFileSync(path, "utf8"), path);
}

function createRing(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, newKeyRing(randomBytes(32)), { mode: 0o600, flush: true });
  chmodSync(fresh, 0o600);
  try {
    // A link, not a rename: of two first starts at once, the later must not replace the earlier's keys.
    linkSync(fresh, path);
  } catch (fault) {
    if (!existsSync(path)) throw fault;
  } finally {
    rmSync(fresh, { force: true });
  }
}

function parseRing(text: string, path: string): KeyRing {
  const ring = parseKeyRing(text);
  if (ring !== null) return ring;
  throw new AppError("misconfigured", `The key ring ${path} is damaged.`, {
    field: "TIDINGS_KEYS",
    hint: "Put it back from a backup; links in mails already sent work only with its keys.",
  });
}

function lost(path: string): AppError {
  return new AppError("misconfigured", `The key ring ${path} is missing, but the database has been in use.`, {
    field: "TIDINGS_KEYS",
    hint: "Put it back from a backup; without it every link in mails already sent would be dead.",
  });
}
