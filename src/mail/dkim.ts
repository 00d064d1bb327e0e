import { sha256 as createSha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { relaxBody, relaxField, splitMessage } from "./dkim-canon.ts";

/** Whose signature it is, and how it is made. */
export interface DkimOptions {
  /** The `d=` tag: the sender's domain, or one above it. */
  readonly domain: string;
  /** The `s=` tag: the public key stands at `SELECTOR._domainkey.DOMAIN`. */
  readonly selector: string;
  readonly algorithm: "rsa-sha256" | "ed25519-sha256";
  /** rsa-sha256: RSASSA-PKCS1-v1_5 with SHA-256 over the data. ed25519-sha256: Ed25519 over the data, which is a hash already. */
  readonly sign: (data: Uint8Array) => Uint8Array;
  /** A faster SHA-256 where there is one. */
  readonly sha256?: (chunks: readonly Uint8Array[]) => Uint8Array;
}

/** Both List-Unsubscribe headers, or no mailbox offers the one-click button (RFC 8058 §4, FMT-18). */
const SIGNED = [
  ...["from", "to", "subject", "date", "message-id", "mime-version", "content-type", "reply-to"],
  ...["list-id", "list-unsubscribe", "list-unsubscribe-post"],
];

/** Listed once more than they stand there, so that a second one in front breaks the signature (RFC 6376 §8.15). */
const SEALED = ["from", "subject"];

const LONGEST_LINE = 76;
const NAME = /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*$/;

/**
 * Makes the DKIM-Signature header of a message, ending in CRLF, to be put in front of it: RFC 6376, relaxed/relaxed, all of the
 * body; RFC 8463 for Ed25519. Pure: its time is that of the Date header. Throws for a message without From.
 */
export function createDkim(options: DkimOptions): (chunks: readonly Uint8Array[]) => Uint8Array {
  const { domain, selector, algorithm, sign } = options;
  if (!NAME.test(domain) || domain.length > 253) throw new Error(`Not a domain to sign for: ${domain}`);
  if (!NAME.test(selector) || selector.length > 253) throw new Error(`Not a selector: ${selector}`);
  const sha256 = options.sha256 ?? hashChunks;
  return (chunks) => {
    const { fields, body } = splitMessage(chunks);
    const byName = Map.groupBy(fields, ({ name }) => name.toLowerCase());
    if (!byName.has("from")) throw new Error("A message without From cannot be signed");
    // A name that is listed again stands for the next field of that name from below (RFC 6376 §5.4.2).
    const listed = SIGNED.flatMap((name) => (byName.get(name) ?? []).toReversed());
    const date = Date.parse(byName.get("date")?.at(-1)?.value ?? "");
    const unsigned = [
      `DKIM-Signature: v=1; a=${algorithm}; c=relaxed/relaxed;`,
      ` d=${domain};`,
      ` s=${selector};${Number.isFinite(date) && date >= 0 ? ` t=${Math.floor(date / 1000)};` : ""}`,
      ...fold(` h=${[...listed.map(({ name }) => name.toLowerCase()), ...SEALED].join(":")};`),
      ` bh=${toBase64(sha256(relaxBody(body)))};`,
      " b=",
    ].join("\r\n");
    const own = relaxField("dkim-signature", unsigned.slice(unsigned.indexOf(":") + 1));
    const data = utf8ToBytes([...listed.map(({ name, value }) => relaxField(name, value)), own].join("\r\n"));
    const signature = toBase64(sign(algorithm === "rsa-sha256" ? data : sha256([data])));
    return utf8ToBytes(`${unsigned}${signature.replace(/(.{72})(?=.)/g, "$1\r\n  ")}\r\n`);
  };
}

/** Folds a list at its colons (RFC 6376 §3.5). */
function fold(list: string): string[] {
  const lines: string[] = [];
  for (const name of list.split(/(?<=:)/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + name.length <= LONGEST_LINE) lines[lines.length - 1] = last + name;
    else lines.push(last === undefined ? name : `  ${name}`);
  }
  return lines;
}

function hashChunks(chunks: readonly Uint8Array[]): Uint8Array {
  const hash = createSha256.create();
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest();
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
