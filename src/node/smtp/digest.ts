import { createHash, hash } from "node:crypto";

/** From this size on a chunk stands for itself by its own hash, which is made once however many readers share it. */
const large = 1_024;
const known = new WeakMap<Uint8Array, string>();

/**
 * SHA-256 in hex over chunks: of the short ones byte by byte, of the long ones by their own SHA-256. It binds every byte, and
 * costs what differs between readers. The same bytes cut otherwise have another one.
 */
export function digestOf(chunks: readonly Uint8Array[]): string {
  const whole = createHash("sha256");
  let held: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (chunk.length < large) held.push(chunk);
    else {
      flush();
      whole.update(`hash ${chunk.length} ${ownHash(chunk)}\n`);
    }
  }
  flush();
  return whole.digest("hex");

  function flush(): void {
    const bytes = Buffer.concat(held);
    whole.update(`bytes ${bytes.length}\n`).update(bytes);
    held = [];
  }
}

function ownHash(chunk: Uint8Array): string {
  const found = known.get(chunk) ?? hash("sha256", chunk, "hex");
  known.set(chunk, found);
  return found;
}
