import { createHash, createPrivateKey, type KeyObject, sign as signWith } from "node:crypto";
import { readFileSync } from "node:fs";
import { AppError } from "../../errors.ts";
import { createDkim } from "../../mail/dkim.ts";
import type { Sign } from "./send.ts";

const shortestRsa = 1_024;

/** Reads the key that mails are signed with (RFC 6376, RFC 8463). Throws `misconfigured` for a key that no receiver takes. */
export function readDkimKey(file: string, selector: string): Sign {
  if (
    !/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i.test(selector) ||
    selector.length > 63
  ) {
    throw misconfigured(
      "TIDINGS_DKIM_SELECTOR",
      `"${selector}" is not a name in the DNS`,
      "Take letters, digits and -.",
    );
  }
  const key = readKey(file);
  const algorithm = algorithmOf(key, file);
  const hash = algorithm === "rsa-sha256" ? "sha256" : null;
  const sign = (data: Uint8Array): Uint8Array => signWith(hash, data, key);
  const signers = new Map<string, ReturnType<typeof createDkim>>();
  return (domain, chunks) => {
    const signer = signers.get(domain) ?? createDkim({ domain, selector, sign, algorithm, sha256 });
    signers.set(domain, signer);
    return signer(chunks);
  };
}

function sha256(chunks: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest();
}

function readKey(file: string): KeyObject {
  let pem: string;
  try {
    pem = readFileSync(file, "utf8");
  } catch (fault) {
    const why = fault instanceof Error ? fault.message : String(fault);
    throw misconfigured("TIDINGS_DKIM_KEY", `the key file cannot be read: ${why}`, "Name the file of a private key.");
  }
  try {
    return createPrivateKey(pem);
  } catch {
    const hint = "It must be an RSA or Ed25519 key in PEM without a passphrase: -----BEGIN PRIVATE KEY-----.";
    throw misconfigured("TIDINGS_DKIM_KEY", `${file} holds no private key that can be read`, hint);
  }
}

function algorithmOf(key: KeyObject, file: string): "rsa-sha256" | "ed25519-sha256" {
  if (key.asymmetricKeyType === "ed25519") return "ed25519-sha256";
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType === "rsa" && bits >= shortestRsa) return "rsa-sha256";
  const found =
    key.asymmetricKeyType === "rsa" ? `an RSA key of ${bits} bits` : `a key of kind ${key.asymmetricKeyType}`;
  const hint = `Receivers take RSA keys of ${shortestRsa} bits and more (better 2048), and Ed25519 keys.`;
  throw misconfigured("TIDINGS_DKIM_KEY", `${file} holds ${found}`, hint);
}

function misconfigured(field: string, why: string, hint: string): AppError {
  return new AppError("misconfigured", `${field} cannot be used: ${why}.`, { field, hint });
}
