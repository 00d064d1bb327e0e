import { AppError } from "../errors.ts";

/** What triggers raise in a database that takes no writes (src/transfer/lock.ts); no other fault has it in its words. */
export const lockWord = "tidings-locked";

/** The refusal of a write into a locked database, or null for any other fault of an engine. */
export function explainLock(fault: unknown): AppError | null {
  if (!(fault instanceof Error) || !fault.message.includes(lockWord)) return null;
  return new AppError(
    "unavailable",
    "Nothing can be written here now: this installation is being moved, or has moved.",
    { hint: "See where it goes with: tidings instance show" },
    { cause: fault },
  );
}
