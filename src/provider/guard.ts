import type { Outcome, Provider } from "./contract.ts";
import type { Unsound } from "./sound.ts";

// A space or a line break in the key makes header writers throw or drop it; an empty one sends no header (RULES §6.5).
const keyShape = /^[\x21-\x7e]{1,256}$/;

/** What every way out decides before it reaches out; null means go. Nothing was sent whenever it answers. */
export function refuse(
  key: string,
  members: number,
  size: number,
  limits: Provider["limits"],
  unsound: Unsound | null,
): Outcome | null {
  if (!keyShape.test(key)) {
    return { result: "halt", reason: "The idempotency key is not 1 to 256 printable ASCII characters (REL-05)." };
  }
  if (members === 0) {
    return { result: "accepted", ids: [] };
  }
  if (members > limits.members) {
    return { result: "rejected", reason: `${members} mails in one call; at most ${limits.members} are allowed.` };
  }
  // A single mail is never refused for its size: a smaller batch cannot help it, so the provider decides.
  if (members > 1 && size > limits.bytes) {
    return { result: "rejected", reason: `${size} bytes in one call; at most ${limits.bytes} are allowed.` };
  }
  return unsound === null ? null : { result: "rejected", ...unsound };
}
